"""Decodes and encodes pictures in a process of its own (`python -I picture_parser.py SECONDS BYTES …`): a script.

It imports nothing of the gateway. First line of standard input: JSON; behind it the picture.

* `{"pixels": n}`: writes a line of JSON `{"width", "height", "scale", "sizes"}` and behind it PNG views for text
  recognition: the picture in grey, once more over white where it is transparent, because text may be in what is
  hidden or in what is shown, and at last with all contrasts stretched, because a model sees grey on grey.
* `{"pixels": n, "boxes": [[left, top, right, bottom], …]}`: writes the picture with the boxes black, in its own format.

A picture of several frames is refused: only one would be looked at.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

LARGE = 4000
"""Larger ones are reduced: no model looks at more, and recognition would take too long."""
FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
SMALL = 1600
"""Pictures up to this many pixels wide and high are enlarged: recognition wants letters of 20 pixels and more."""


def main() -> None:
    """Read standard input, write standard output."""
    seconds, memory = map(int, sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    from PIL import Image, ImageOps

    line, _, data = sys.stdin.buffer.read().partition(b"\n")
    asked: dict[str, Any] = json.loads(line)
    Image.MAX_IMAGE_PIXELS = asked["pixels"]
    opened = Image.open(io.BytesIO(data), formats=FORMATS)
    if opened.width * opened.height > asked["pixels"] or getattr(opened, "n_frames", 1) > 1:
        raise SystemExit(3)
    kind = opened.format
    image = ImageOps.exif_transpose(opened)
    if "boxes" in asked:
        sys.stdout.buffer.write(covered(image, asked["boxes"], str(kind)))
        return
    longest = max(image.size)
    scale = 2 if longest <= SMALL else min(1.0, LARGE / longest)
    views = [image.convert("RGB")]
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        whole = image.convert("RGBA")
        white = Image.new("RGBA", whole.size, "white")
        views.append(Image.alpha_composite(white, whole).convert("RGB"))
    greys = [view.convert("L") for view in views]
    encoded = []
    for grey in (*greys, ImageOps.equalize(greys[-1])):
        out = io.BytesIO()
        size = (max(1, round(grey.width * scale)), max(1, round(grey.height * scale)))
        view = grey if scale == 1 else grey.resize(size, Image.Resampling.LANCZOS)
        view.save(out, "PNG", compress_level=1)
        encoded.append(out.getvalue())
    told = {"width": image.width, "height": image.height, "scale": scale, "sizes": [len(each) for each in encoded]}
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + b"".join(encoded))


def covered(image: Any, boxes: list[list[int]], kind: str) -> bytes:
    """Return the picture with the boxes black, without anything beside its pixels."""
    from PIL import Image, ImageDraw

    flat = image.convert("RGBA" if kind in {"PNG", "WEBP"} and "A" in image.mode else "RGB")
    draw = ImageDraw.Draw(flat)
    for left, top, right, bottom in boxes:
        draw.rectangle((left, top, right, bottom), fill=(0, 0, 0, 255) if flat.mode == "RGBA" else (0, 0, 0))
    bare = Image.new(flat.mode, flat.size)
    bare.paste(flat)
    out = io.BytesIO()
    if kind == "JPEG":
        bare.save(out, kind, quality=90)
    else:
        bare.save(out, kind, lossless=True)
    return out.getvalue()


if __name__ == "__main__":
    main()
