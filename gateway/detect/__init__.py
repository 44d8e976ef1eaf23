"""Finding what is private: packs, checks, overlaps, topics. Pure: text in, findings out."""
