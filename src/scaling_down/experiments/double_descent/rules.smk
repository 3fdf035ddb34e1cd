use rule compute as double_descent_widths with:
    output:
        run_file("double_descent", "widths"),
    log:
        log_file("double_descent", "widths", "{run}"),
