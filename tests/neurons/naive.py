"""Slow, plain references: one example, one hook, no batching."""

import torch


def activations(subject, batch, site):
    """A site's values for every example alone, without padding: a list of [T_i, U]."""
    module, found = subject.model.get_submodule(site.path), []

    def keep(_, inputs, output=None):
        values = inputs[0] if site.side == "input" else output
        found.append(values.detach().reshape(-1, site.units).clone())

    register = (
        module.register_forward_pre_hook if site.side == "input" else module.register_forward_hook
    )
    handle = register(keep)
    with torch.no_grad():
        for row in range(len(batch["index"])):
            subject.predict(subject.prepare(alone(batch, row)).inputs)
    handle.remove()
    return found


def alone(batch, row):
    """One example without its padding."""
    one = {name: values[row : row + 1] for name, values in batch.items()}
    if "attention_mask" in one:
        kept = one["attention_mask"][0].bool()
        one |= {name: one[name][:, kept] for name in ("input_ids", "attention_mask")}
    return one
