# How the tests run under valgrind.
#
# - wasmtime needs nothing special: its signal handlers work (traps arrive as SIGILL, SIGSEGV and SIGFPE), and its stacks are those of
#   the threads that call. --sigill-diagnostics=no keeps valgrind from printing each trap as if it were an unknown instruction.
# - Only what is definitely lost is an error. Engines live as long as the process and are "still reachable" or, where the only
#   pointer to a block is to its middle (hash tables of Rust, arenas), "possibly lost".
# - --fair-sched lets threads take turns; otherwise one that computes can keep the others, the clock of the deadlines among them,
#   from running for seconds.
# - Compiled code is not known to valgrind beforehand, so code that is written over is translated anew (--smc-check).
set(RUNNER "${VALGRIND}" --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --sigill-diagnostics=no --fair-sched=try --smc-check=all-non-file "--suppressions=${CMAKE_CURRENT_SOURCE_DIR}/valgrind.supp")
