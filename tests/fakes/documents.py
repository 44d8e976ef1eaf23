"""Small writers of files for tests: just enough of each format, nothing binary in the repository."""

import base64
import io
import json
import tarfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.core.files import Content, FileLimits, Reader
from gateway.dialects.opening import Opening

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
S = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"


def open_file(readers: Sequence[Reader], limits: FileLimits, data: bytes, media_type: str = "") -> Content:
    """Return what is in one file that stands by itself."""
    return Opening(readers, limits).open(data, {media_type.lower()} - {""})


def zipped(files: Mapping[str, bytes | str], *, comment: bytes = b"") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))  # the workers of a test run must agree on the bytes
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
        archive.comment = comment
    return out.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def docx(body: str, **parts: bytes | str) -> bytes:
    """Return a Word file with the XML of its body; more parts by name, `__` for `/` and `_dot_` for `.`."""
    document = f'<?xml version="1.0"?><w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'
    more = {name.replace("__", "/").replace("_dot_", "."): part for name, part in parts.items()}
    return zipped({"[Content_Types].xml": '<?xml version="1.0"?><Types/>', "word/document.xml": document, **more})


def paragraph(*runs: str) -> str:
    return (
        "<w:p>"
        + "".join(f'<w:r><w:rPr><w:b/></w:rPr><w:t xml:space="preserve">{run}</w:t></w:r>' for run in runs)
        + "</w:p>"
    )


def xlsx(rows: list[list[str]], **parts: bytes | str) -> bytes:
    """Return a workbook with one sheet; a cell of digits is a number, others are shared texts."""
    texts = [cell for row in rows for cell in row if not cell.isdigit()]
    cells = [
        f'<c r="{chr(65 + column)}{line}"><v>{cell}</v></c>'
        if cell.isdigit()
        else f'<c r="{chr(65 + column)}{line}" t="s"><v>{texts.index(cell)}</v></c>'
        for line, row in enumerate(rows, 1)
        for column, cell in enumerate(row)
    ]
    width = len(rows[0])
    lines = "".join(f"<row>{''.join(cells[at : at + width])}</row>" for at in range(0, len(cells), width))
    more = {name.replace("__", "/").replace("_dot_", "."): part for name, part in parts.items()}
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook xmlns="{S}"><sheets><sheet name="Staff" sheetId="1"/></sheets></workbook>',
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{S}"><sheetData>{lines}</sheetData></worksheet>',
            "xl/sharedStrings.xml": f'<sst xmlns="{S}">'
            + "".join(f"<si><t>{text}</t></si>" for text in texts)
            + "</sst>",
            **more,
        }
    )


def pdf(
    *objects: bytes | str, pages: tuple[str, ...] = ("",), trailer: str = "", catalog: str = "", page: str = ""
) -> bytes:
    """Return a PDF whose pages draw the given content; `objects` follow as numbers 10 and up."""
    kids = " ".join(f"{100 + 2 * index} 0 R" for index in range(len(pages)))
    numbered: dict[int, bytes] = {
        1: f"<</Type/Catalog/Pages 2 0 R{catalog}>>".encode(),
        2: f"<</Type/Pages/Count {len(pages)}/Kids[{kids}]>>".encode(),
        3: b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    }
    for index, content in enumerate(pages):
        numbered[100 + 2 * index] = (
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 3 0 R>>>>"
            f"/Contents {101 + 2 * index} 0 R{page}>>"
        ).encode()
        numbered[101 + 2 * index] = stream(content)
    for index, item in enumerate(objects):
        numbered[10 + index] = item.encode() if isinstance(item, str) else item
    out = bytearray(b"%PDF-1.7\n")
    offsets: dict[int, int] = {}
    for number, item in sorted(numbered.items()):
        offsets[number] = len(out)
        out += b"%d 0 obj\n" % number + item + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 1\n0000000000 65535 f \n"
    for number, offset in offsets.items():
        out += b"%d 1\n%010d 00000 n \n" % (number, offset)
    out += f"trailer\n<</Size 200/Root 1 0 R{trailer}>>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def stream(content: str | bytes, entries: str = "") -> bytes:
    data = zlib.compress(content.encode() if isinstance(content, str) else content)
    return f"<</Length {len(data)}/Filter/FlateDecode{entries}>>\nstream\n".encode() + data + b"\nendstream"


def shown(text: str, style: str = "") -> str:
    """Return a page's content that shows `text`."""
    return f"BT /F1 12 Tf {style} 50 700 Td ({text}) Tj ET"


def data_url(data: bytes, media_type: str) -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def attached(data: bytes, media_type: str, text: str = "What does it say?", **more: Any) -> bytes:
    """Return a chat body with a file."""
    file = {"type": "file", "file": {"filename": "a.bin", "file_data": data_url(data, media_type), **more}}
    content = [{"type": "text", "text": text}, file]
    return json.dumps({"model": "gpt-4o", "messages": [{"role": "user", "content": content}]}).encode()


def sent_file(body: bytes) -> bytes:
    """Return the bytes of the file in a chat body."""
    leaf: str = json.loads(body)["messages"][0]["content"][1]["file"]["file_data"]
    return base64.b64decode(leaf.partition(",")[2])
