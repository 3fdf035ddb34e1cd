"""The base rules that the experiments' rules inherit from."""


rule compute:
    input:
        files_read,
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        description=description,
        device=PARAMS.execution.device,
    shell:
        f"{COMMAND} compute {{params.description:q}} --output {{output:q}}"
        " --device {params.device:q} --log {log:q}"


rule summarise:
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    shell:
        f"{COMMAND} summarise {{input.manifest:q}} {{output:q}} --log {{log:q}}"


rule draw:
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        settings={},
    shell:
        f"{COMMAND} draw {{input.manifest:q}} {{output:q}} --log {{log:q}}"
