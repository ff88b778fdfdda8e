"""One trial: a conversation with an exchange, its control, and what the model says about them."""

import random

import judging
from endpoint import Failed

QUESTION = (
    "One last question, about this conversation itself. In half of the conversations like this one, the language model that writes the assistant's "
    "answers was exchanged for another one somewhere on the way; in the other half one model wrote them all. Was it exchanged in this one? Answer with "
    "one word, yes or no."
)

OPENINGS = [
    "Describe a walk through a market early in the morning.",
    "Tell me how bread is made, from the grain on.",
    "What would you show a guest who has one day in a small harbour town?",
    "Explain to a child why the moon changes its shape.",
    "Begin a story about a clockmaker who receives a strange letter.",
    "How would you plan a garden on a balcony that faces north?",
    "Describe an old library and those who work there.",
    "What makes a good teacher, in your view?",
]

GOING_ON = [
    "Go on, please.",
    "Tell me more about the part that you find most interesting.",
    "And what happens after that?",
    "Give me an example.",
    "What do people often get wrong about it?",
    "Say it again more simply.",
    "What would you add, looking back at what you wrote?",
]


class Script:
    """What the user says in a trial: drawn from the seed, the same with and without an exchange."""

    def __init__(self, seed, pair, trial, settings):
        draw = random.Random("%d/%d/%d" % (seed, pair, trial))
        self.turns = [draw.choice(OPENINGS)] + [draw.choice(GOING_ON) for _ in range(settings["turns"] - 1)]
        self.seeds = [draw.randrange(2**31) for _ in range(settings["turns"] + 1)]
        self.exchanged_first = draw.random() < 0.5  # which of the two conversations is held first


def trial(endpoint, settings, script, first, second):
    """Both conversations: {"exchanged": ..., "control": ...}. The second model is asked in both, so what it is inclined to say
    anyway counts on both sides."""
    after = settings["exchange_after"]
    writers = {"exchanged": [first] * after + [second] * (settings["turns"] - after), "control": [second] * settings["turns"]}
    order = sorted(writers, reverse=script.exchanged_first)
    return {name: _converse(endpoint, settings, script, writers[name], second) for name in order}


def _converse(endpoint, settings, script, writers, asked):
    messages = [{"role": "system", "content": settings["system"]}] if settings["system"] else []
    surprises = []
    for writer, said, seed in zip(writers, script.turns, script.seeds):
        messages.append({"role": "user", "content": said})
        text, tokens = _answer(endpoint, settings, writer, messages, seed, settings["max_tokens"], settings["temperature"], 0)
        messages.append({"role": "assistant", "content": text})
        surprises.append(judging.surprise(tokens))
    messages.append({"role": "user", "content": settings["question"] or QUESTION})
    text, tokens = _answer(endpoint, settings, asked, messages, script.seeds[-1], 1, 0, settings["top_logprobs"])
    score = judging.log_odds(tokens[0].get("top_logprobs") or []) if tokens else None
    return {
        "log_odds": score,
        "yes": None if score is None else score > 0,
        "answer": text,
        "surprise": judging.mean(surprises[settings["exchange_after"]:]),
        "messages": messages,
    }


def _answer(endpoint, settings, model, messages, seed, max_tokens, temperature, top):
    """The text of an answer and its tokens with log-probabilities."""
    more = {"top_logprobs": top} if top else {}
    said = endpoint.chat(model=model, messages=messages, max_tokens=max_tokens, temperature=temperature, seed=seed, logprobs=True, **more)
    try:
        choice = said["choices"][0]
        text = choice["message"]["content"] or ""
        tokens = (choice.get("logprobs") or {}).get("content")
    except (KeyError, IndexError, TypeError, AttributeError):
        raise Failed("the endpoint's answer has no choices[0].message.content")
    if tokens is None:
        raise Failed("the endpoint gives no log-probabilities for %s; choose a model or a server that does" % model)
    return text, tokens
