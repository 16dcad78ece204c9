/* One line a command, in the order of the help. */
#include "sim/cli/commands.h"

const hst_command hst_commands[] = {
    {.name = "run",
     .operands = "SCENARIO",
     .text = "simulate a day of payments and write a result file",
     .detail = "Prints a summary, the place of the result, and the command that reproduces it.\n"
               "Without --output the file goes to results/ if that folder exists, else here. An\n"
               "existing result of ours is replaced, any other file is not. Exit 1 when an\n"
               "invariant was broken.",
     .example = "herstatt run scenarios/default.yaml\n"
                "herstatt run scenarios/default.yaml --seed 7 --set workload.payments=20000",
     .operand_min = 1,
     .operand_max = 1,
     .options = hst_run_options,
     .run = hst_command_run},
    {.name = "sweep",
     .operands = "EXPERIMENT",
     .text = "run an experiment: many days, factors against each other, an answer",
     .detail =
         "Runs every cell of the experiment's design as often as it says, on all processors, and\n"
         "prints which cell is best, how sure that is, and what matters. Interrupted or killed, "
         "the\n"
         "same command goes on where it was; finished trials are in FILE.trials.*. Under mpirun "
         "or\n"
         "srun the trials are shared among all processes. Exit 1 when a trial failed.",
     .example = "herstatt sweep scenarios/experiments/routers-x-liquidity.yaml\n"
                "herstatt sweep scenarios/experiments/routers-x-liquidity.yaml --replications 40",
     .operand_min = 1,
     .operand_max = 1,
     .options = hst_sweep_options_table,
     .run = hst_command_sweep},
    {.name = "verify",
     .operands = "RESULT",
     .text = "run a result's own inputs again and compare everything",
     .detail =
         "Checks the file's digests, runs the scenario and tables stored in it, compares the\n"
         "run digest and summary, and audits every ledger from genesis. Of a result of\n"
         "`herstatt consensus` every study is run again and every row compared. Exit 0 when all of "
         "it\n"
         "agrees, 1 when anything differs or the file was changed, 3 when it cannot be read.",
     .example = "herstatt verify results/default.h5",
     .operand_min = 1,
     .operand_max = 1,
     .options = hst_verify_options,
     .run = hst_command_verify},
    {.name = "inspect",
     .operands = "RESULT",
     .text = "show what is in a result file",
     .detail =
         "Identity of the run, its figures, figures beside published ones, invariants, and a\n"
         "table of contents.",
     .example = "herstatt inspect results/default.h5\n"
                "herstatt inspect results/default.h5 --json",
     .operand_min = 1,
     .operand_max = 1,
     .options = hst_inspect_options,
     .run = hst_command_inspect},
    {.name = "report",
     .operands = "RESULT...",
     .text = "write one HTML file that tells what happened",
     .detail =
         "The file opens offline in any browser: words, pictures, and a table behind every\n"
         "picture. One run: what happened. Several runs: how they differ from the first. A sweep:\n"
         "what it answers. A result of `herstatt consensus`: protocols beside each other. Exit 3 "
         "when a result is damaged, partial, foreign or newer than this\n"
         "program, or the report cannot be written; nothing is left then. Built without npm,\n"
         "herstatt writes tables without pictures and says so.",
     .example = "herstatt report results/default.h5 -o report.html\n"
                "herstatt report old.h5 new.h5 -o difference.html",
     .operand_min = 1,
     .operand_max = 12,
     .options = hst_report_options,
     .run = hst_command_report},
    {.name = "scenarios",
     .operands = "[FOLDER]",
     .text = "list scenarios, or show every key they may hold",
     .detail =
         "Lists the scenarios and experiments below FOLDER (scenarios when none is given) with\n"
         "their titles. --reference prints the page of all keys; --resolve prints one scenario "
         "with every\n"
         "default made explicit.",
     .example = "herstatt scenarios\n"
                "herstatt scenarios --resolve scenarios/default.yaml",
     .operand_min = 0,
     .operand_max = 1,
     .options = hst_scenarios_options,
     .run = hst_command_scenarios},
    {.name = "bench",
     .operands = "[CASE...]",
     .text = "measure speed: components, systems, whole days",
     .detail =
         "CASE is the beginning of a case's name (\"ledger\", \"engine.phold\"); without one\n"
         "every case but the slow ones runs, or those of a --tier. After a warm-up the cases run "
         "in\n"
         "turn, again and again. Printed: median, median absolute deviation, instructions by unit\n"
         "of work where the machine counts them, and the ratio to a baseline in the same rounds.\n"
         "Systems and days read scenarios/, so they are measured from the repository's root.\n"
         "With --chaos: each storm is a drawn cluster under drawn faults within what its protocol\n"
         "tolerates; exit 1 when a check fired or a cluster made no progress after the last "
         "fault,\n"
         "with the smallest storm found that does it.",
     .example = "herstatt bench --list\n"
                "herstatt bench engine ledger.compact --runs 5\n"
                "herstatt bench --tier system --tier day --output new.json\n"
                "herstatt bench --chaos 60 pbft raft",
     .operand_min = 0,
     .operand_max = 32,
     .options = hst_bench_options,
     .run = hst_command_bench},
    {.name = "consensus",
     .operands = "[PROTOCOL...]",
     .text = "compare consensus protocols under one load and one set of faults",
     .detail =
         "Replicas sit in five regions of the world; payments arrive at a constant rate. Printed:\n"
         "time until a payment is final, payments a second, messages and bytes by payment, how\n"
         "busy the busiest processor and card are: near 100 % they are what limits. A replica\n"
         "proposes at most 4 MiB of payments together (--body), which come in batches of a tenth\n"
         "of a second or 1,024 payments. Protocols with blocks of minutes get more virtual time "
         "in\n"
         "proportion. With --output a result file is written too (replacing one of ours, nothing\n"
         "else). Run from the repository's root. Exit 1 when a check was broken.",
     .example = "herstatt consensus\n"
                "herstatt consensus pbft raft --replicas 4 --replicas 16 --faults leader\n"
                "herstatt consensus --faults all --output consensus.h5\n"
                "herstatt consensus --list",
     .operand_min = 0,
     .operand_max = 32,
     .options = hst_consensus_options,
     .run = hst_command_consensus},
    {.name = "lineup",
     .operands = "LINEUP",
     .text = "compare routers on worlds whose truth is known, or on networks of channels",
     .detail =
         "Runs every router of the file on the same generated worlds, over several seeds. "
         "Printed:\n"
         "all-in cost in basis points and as a ratio to the oracle, what it saves against the\n"
         "cheapest advertised path, success at the first attempt, cost over time around a break.\n"
         "A file with the key `channels` runs them on payment channels or credit lines, through\n"
         "the escrows of the ledger, with hidden balances. Printed by prior of the balances and\n"
         "scale of the capacities: success, value delivered, also of the most that any router\n"
         "could deliver (O3), attempts, messages that find out balances, fees, ranks. Exit 1 when\n"
         "a channel did not keep its capacity.",
     .example = "herstatt lineup scenarios/routing/lineup.yaml\n"
                "herstatt lineup scenarios/routing/credit-published.yaml\n"
                "herstatt lineup scenarios/routing/lightning.yaml --json\n"
                "herstatt lineup scenarios/routing/lineup.yaml --seeds 3 --payments 4000",
     .operand_min = 1,
     .operand_max = 1,
     .options = hst_lineup_options,
     .run = hst_command_lineup},
    {.name = "channels",
     .operands = "",
     .text = "run a payment-channel network, event by event",
     .detail =
         "Reads a configuration of the simulator CLoTH with the files it names, or draws "
         "payments,\n"
         "and runs its model on the ledger's hash-locked escrows. Printed: success, why payments\n"
         "failed, time, attempts, hops and fees with 95 % intervals by batch means. Exit 1 when a\n"
         "channel did not keep its capacity. --synthetic writes a made-up network instead.",
     .example = "herstatt channels --cloth tests/cli/cloth/cloth_input.txt\n"
                "herstatt channels --cloth cloth_input.txt --payments payments_output.csv",
     .operand_min = 0,
     .operand_max = 0,
     .options = hst_channels_options,
     .run = hst_command_channels},
    {.name = "forecast",
     .operands = "[FOLDER]",
     .text = "forecast exchange rates out of sample, and test what that is worth",
     .detail =
         "Rolling origin over the later half of every daily series of FOLDER/fx_daily.csv "
         "(default\n"
         "scenarios/data): mean, density and interval forecasts, one day ahead, each against the\n"
         "simplest of its kind (Diebold-Mariano, Clark-West, Holm). Volatility can be forecast;\n"
         "direction is never claimed. --control shows that the tests find what is there and\n"
         "nothing else.",
     .example = "herstatt forecast\n"
                "herstatt forecast --series mine.csv --refit 0\n"
                "herstatt forecast --control planted",
     .operand_min = 0,
     .operand_max = 1,
     .options = hst_forecast_options,
     .run = hst_command_forecast},
    {.name = "compare",
     .operands = "OLD NEW",
     .text = "compare two results or two benchmark files and give a verdict",
     .detail =
         "Results: every figure and the run digest, exactly. Files of `herstatt bench --json`:\n"
         "rank tests of the runs, a change of 5 % or more counts. Several objects in one file\n"
         "are rounds, one sample each. Exit 1 when something is slower or behaves otherwise.",
     .example = "herstatt compare old.json new.json --markdown comment.md\n"
                "herstatt compare old.h5 new.h5 --threshold all.cost=0.5",
     .operand_min = 2,
     .operand_max = 2,
     .options = hst_compare_command_options,
     .run = hst_command_compare},
    {.name = "calibrate",
     .operands = "DATA-FOLDER",
     .text = "fit the FX model to daily rates and write its tables",
     .detail = "Reads DATA-FOLDER/fx_daily.csv and writes fx_garch.csv (with standard errors) and\n"
               "fx_correlation.csv beside it, or into --output FOLDER.",
     .example = "herstatt calibrate scenarios/data",
     .operand_min = 1,
     .operand_max = 1,
     .options = hst_calibrate_options_table,
     .run = hst_command_calibrate},
    {.name = "help",
     .operands = "",
     .text = "print the reference of all commands",
     .detail = "docs/reference/command.md is this page.",
     .example = "herstatt help --markdown",
     .operand_min = 0,
     .operand_max = 0,
     .options = hst_help_options,
     .run = hst_command_help},
    {.name = 0}};
