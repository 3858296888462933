"""A device that is not there: tensors that say they are on it, and whose values are kept here.

torch's `meta` device has no values, so that nothing runs on it which looks at them. Here each
operation runs on the processor, after it was seen that none of its tensors lie elsewhere: what
fails on an accelerator for a tensor that was left behind fails here.
"""

from contextlib import contextmanager

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map

DEVICE = torch.device("meta")


_INDEXED = (torch.ops.aten.index.Tensor, torch.ops.aten.index_put.default)


class There(torch.Tensor):
    """A tensor on the device that is not there."""

    @staticmethod
    def __new__(cls, value):
        return torch.Tensor._make_wrapper_subclass(
            cls,
            value.shape,
            strides=value.stride(),
            storage_offset=value.storage_offset(),
            dtype=value.dtype,
            device=DEVICE,
        )

    def __init__(self, value):
        self.value = value

    @classmethod
    def __torch_dispatch__(cls, function, types, args=(), kwargs=None):
        return run(function, args, kwargs or {})

    __torch_function__ = torch._C._disabled_torch_function_impl


def run(function, args, kwargs):
    lists = (x if isinstance(x, list | tuple) else (x,) for x in (*args, *kwargs.values()))
    tensors = [x for some in lists for x in some if isinstance(x, torch.Tensor)]
    anywhere = [isinstance(x, There) for x in tensors]
    if not any(anywhere) and kwargs.get("device") is None:
        return function(*args, **kwargs)
    copies = function in (torch.ops.aten._to_copy.default, torch.ops.aten.copy_.default)
    if function in _INDEXED and anywhere[0]:  # positions may lie on the processor
        checked = [args[0], *args[2:3]]
    else:
        checked = [] if copies else tensors
    alone = [x for x in checked if not isinstance(x, There) and x.dim()]
    if any(anywhere) and alone:
        raise RuntimeError(f"{function} of tensors here and there")
    device = kwargs.get("device")
    goes = any(anywhere) if device is None else torch.device(device) == DEVICE
    if function is torch.ops.aten.copy_.default:
        goes = anywhere[0]
    if goes and device is not None:
        kwargs = kwargs | {"device": torch.device("cpu")}
    own = tree_map(lambda x: x.value if isinstance(x, There) else x, (args, kwargs))
    found = function(*own[0], **own[1])
    if function._schema.name.endswith("_") and isinstance(args[0], There):  # in place
        return args[0]
    return tree_map(lambda x: There(x) if goes and isinstance(x, torch.Tensor) else x, found)


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        return run(function, args, kwargs or {})


@contextmanager
def pretended():
    """`DEVICE` as a device with values, inside the block."""
    with _Mode():
        yield
