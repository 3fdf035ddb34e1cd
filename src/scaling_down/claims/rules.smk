rule claims:
    input:
        [PLAN.tables(name) for name in experiment_names()],
        manifest=manifest("claims", "judge"),
    output:
        report(
            PLAN.layout.table("claims", "claims"),
            caption="scorecard.rst",
            category="claims",
        ),
        PLAN.layout.metrics("claims"),
    log:
        log_file("claims", "judge"),
    conda:
        ENVIRONMENT
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    shell:
        f"{COMMAND} judge {{input.manifest:q}} {{output:q}} --log {{log:q}}"
