"""Interventions as a person would write them: one number at a time, in plain Python."""

import hashlib
import math

import torch
from tests.neurons import naive

from brodmann.neurons.tokens import POLICIES

MASK = (1 << 64) - 1


def mix(state):
    state = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    state = ((state ^ (state >> 27)) * 0x94D049BB133111EB) & MASK
    return state ^ (state >> 31)


def bits(seed, site, *parts):
    digest = hashlib.blake2b(f"{seed}/{site}".encode(), digest_size=8).digest()
    state = int.from_bytes(digest, "little")
    for part in parts:
        state = mix((state + (part + 1) * 0x9E3779B97F4A7C15) & MASK)
    return state


def normal(state):
    first, second = (state >> 32) + 0.5, state & 0xFFFFFFFF
    return math.sqrt(-2 * math.log(first / 2**32)) * math.cos(2 * math.pi * second / 2**32)


def signed(state):
    return state - (1 << 64) if state >> 63 else state


def one_token(change, site, row, position, values):
    """The new values of one token, float [U]."""
    new = values.clone()
    at = (row,) if change.per == "example" else (row, position)
    units = [unit for unit, chosen in enumerate(change.masks[site].tolist()) if chosen]
    own = {unit: bits(change.seed, site, *at, unit) for unit in units}
    cycle = sorted(units, key=lambda unit: signed(own[unit]))
    after = dict(zip(cycle, cycle[1:] + cycle[:1], strict=True))
    given, s = change.values.get(site), change.strength
    for unit in units:
        old = values[unit].item()
        if change.kind == "noise":
            deviation = 1 if given is None else given[unit].item()
            new[unit] = old + s * deviation * normal(own[unit])
        elif change.kind == "scale":
            new[unit] = old * s
        else:
            new[unit] = old + s * (_target(change, at, given, unit, values, after) - old)
    return new


def _target(change, at, given, unit, values, after):
    if change.kind == "resample":
        return given[((bits(change.seed, "", *at) >> 32) * len(given)) >> 32, unit].item()
    if change.kind == "permute":
        return values[after[unit]].item()
    return 0 if change.kind == "zero" else given[unit].item()


@torch.no_grad()
def logits(subject, batch, changes):
    """Every example alone, without padding; one hook per site that loops over tokens."""
    found = []
    for index in range(len(batch["index"])):
        prepared = subject.prepare(naive.alone(batch, index))
        handles = [_hook(subject, site, prepared, changes) for site in subject.sites]
        found.append(subject.predict(prepared.inputs))
        for handle in handles:
            handle.remove()
    return torch.cat(found)


def _hook(subject, site, prepared, changes):
    row = int(prepared.rows[0])

    def change(values):
        shape, tokens = values.shape, values.reshape(-1, site.units).clone()
        for one in changes:
            chosen = POLICIES[one.tokens](prepared.masks)[0]
            for position in range(len(tokens)):
                if chosen[position] and site.name in one.masks:
                    tokens[position] = one_token(one, site.name, row, position, tokens[position])
        return tokens.reshape(shape)

    module = subject.model.get_submodule(site.path)
    if site.side == "input":
        return module.register_forward_pre_hook(lambda _, inputs: (change(inputs[0]),))
    return module.register_forward_hook(lambda _, inputs, output: change(output))


def masks(subject, fraction=0.3, seed=0, sites=None):
    """Random units of every site (or of some)."""
    generator = torch.Generator().manual_seed(seed)
    return {
        site.name: torch.rand(site.units, generator=generator) < fraction
        for site in subject.sites
        if sites is None or site.name in sites
    }


def values(subject, kind, seed=1):
    """Parameters that the kind needs."""
    generator = torch.Generator().manual_seed(seed)
    rows = {"mean": (), "set": (), "noise": (), "resample": (5,)}.get(kind)
    if rows is None:
        return {}
    return {site.name: torch.rand(*rows, site.units, generator=generator) for site in subject.sites}
