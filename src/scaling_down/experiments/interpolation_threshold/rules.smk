use rule compute as interpolation_threshold_widths with:
    output:
        run_file("interpolation_threshold", "widths"),
    log:
        log_file("interpolation_threshold", "widths", "{run}"),
