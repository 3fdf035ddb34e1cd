"""The base rule of all steps, and the rules that every experiment has."""


rule compute:
    input:
        files_read,
        damage,
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=60,
    params:
        description=description,
        device=PARAMS.execution.device,
        instructions=PARAMS.execution.instructions,
    shell:
        f"{COMMAND} compute {{params.description:q}} --output {{output:q}}"
        " --device {params.device:q} --instructions {params.instructions:q}"
        " --log {log:q}"


for name in experiment_names():

    rule:
        name:
            f"{name}_summarise"
        input:
            runs_read(name),
            CHEAP_JOBS[f"{name}_summarise"].markers(),
        output:
            summary(name),
        log:
            log_file(name, "summarise"),
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            manifest=CHEAP_JOBS[f"{name}_summarise"].file,
            settings=PLAN.study(name),
            verdicts=Verdicts(PLAN.scorecard.table, name),
        shell:
            f"{COMMAND} summarise {{params.manifest:q}} {{output:q}} --log {{log:q}}"

    rule:
        name:
            f"{name}_draw"
        input:
            PLAN.tables(name),
            CHEAP_JOBS[f"{name}_draw"].markers(),
        output:
            figures(name),
        log:
            log_file(name, "draw"),
        conda:
            ENVIRONMENT
        threads: 1
        resources:
            mem_mb=2000,
            runtime=10,
        params:
            manifest=CHEAP_JOBS[f"{name}_draw"].file,
            settings=PLAN.study(name),
            verdicts=Verdicts(PLAN.scorecard.table, name),
        shell:
            f"{COMMAND} draw {{params.manifest:q}} {{output:q}} --log {{log:q}}"

    rule:
        name:
            name
        input:
            everything_of(name),


rule claims:
    input:
        [PLAN.tables(name) for name in experiment_names()],
        CHEAP_JOBS["claims"].markers(),
    output:
        scorecard_files(),
    log:
        log_file("claims", "judge"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        manifest=CHEAP_JOBS["claims"].file,
        verdicts=Verdicts(PLAN.scorecard.table),
    shell:
        f"{COMMAND} judge {{params.manifest:q}} {{output:q}} --log {{log:q}}"


# What needs no training: all of the experiments whose runs stand, and their verdicts. It
# has no output of its own, so that it judges in every call.
rule light:
    input:
        [everything_of(name) for name in COMPLETE],
    log:
        log_file("claims", "light"),
    localrule: True
    conda:
        ENVIRONMENT
    params:
        manifest=CHEAP_JOBS["light"].file,
        files=PLAN.scorecard.files,
    shell:
        f"{COMMAND} judge {{params.manifest:q}} {{params.files:q}} --log {{log:q}}"
