"""What jobs ask of a cluster beyond what their rules state; included last."""


def times_attempt(amount):
    return lambda wildcards, attempt: amount * attempt


for each in workflow.rules:
    for name in ("mem_mb", "runtime"):
        if name in each.resources and not each.resources[name].is_evaluable():
            each.resources[name] = times_attempt(each.resources[name].value)
    if PARAMS.execution.device == "cuda" and hasattr(each.params, "device"):
        each.resources["gpu"] = 1
