"""Write a llama with random weights and a vocabulary of bytes: `python tiny.py FILE.gguf`. It talks nonsense, quickly.

Runs in the environment of `requirements.lock`, not in the gateway's. The layout is that of the GGUF specification.
"""

import sys

import gguf
import numpy as np

WIDTH, HEADS, INNER, BLOCKS, CONTEXT = 64, 4, 128, 2, 2048
SPECIAL = ["<unk>", "<s>", "</s>"]


def main(path: str) -> None:
    dice = np.random.default_rng(7)
    tokens = [*SPECIAL, *(f"<0x{byte:02X}>" for byte in range(256)), "▁", *map(chr, range(33, 127))]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL]
    kinds += [gguf.TokenType.BYTE] * 256 + [gguf.TokenType.NORMAL] * (len(tokens) - 259)
    model = gguf.GGUFWriter(path, "llama")
    model.add_context_length(CONTEXT)
    model.add_embedding_length(WIDTH)
    model.add_block_count(BLOCKS)
    model.add_feed_forward_length(INNER)
    model.add_head_count(HEADS)
    model.add_head_count_kv(HEADS)
    model.add_layer_norm_rms_eps(1e-5)
    model.add_rope_dimension_count(WIDTH // HEADS)
    model.add_vocab_size(len(tokens))
    model.add_tokenizer_model("llama")
    model.add_token_list(tokens)
    model.add_token_scores([0.0] * len(tokens))
    model.add_token_types(kinds)
    model.add_bos_token_id(1)
    model.add_eos_token_id(2)

    def weights(name: str, *shape: int) -> None:
        model.add_tensor(name, dice.normal(0, 0.1, shape).astype(np.float32))

    weights("token_embd.weight", len(tokens), WIDTH)
    for block in range(BLOCKS):
        for part in ("attn_q", "attn_k", "attn_v", "attn_output"):
            weights(f"blk.{block}.{part}.weight", WIDTH, WIDTH)
        for part in ("attn_norm", "ffn_norm"):
            weights(f"blk.{block}.{part}.weight", WIDTH)
        weights(f"blk.{block}.ffn_gate.weight", INNER, WIDTH)
        weights(f"blk.{block}.ffn_up.weight", INNER, WIDTH)
        weights(f"blk.{block}.ffn_down.weight", WIDTH, INNER)
    weights("output_norm.weight", WIDTH)
    weights("output.weight", len(tokens), WIDTH)
    model.write_header_to_file()
    model.write_kv_data_to_file()
    model.write_tensors_to_file()
    model.close()


if __name__ == "__main__":
    main(sys.argv[1])
