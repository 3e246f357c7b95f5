"""New words: English ones that a model's tokenizer has no single piece for."""

import random

import wordfreq

from models import Model
from surface_forms import SurfaceForms


def new_words(model: Model) -> list[str]:
    """Some 280,000 of 2.5 pieces on average, in an order of no meaning. The space in front says that a word begins."""
    words = [" " + word for word in wordfreq.top_n_list("en", 300_000)]
    source_ids = SurfaceForms(model.base, model.hypernetwork).encode(words)
    new = [word for word, ids in zip(words, source_ids) if len(ids) > 1]
    random.Random(1).shuffle(new)
    return new
