#!/bin/sh
# A tour of leadlog on sample data; run it with: make demo
#
# Everything it makes lies in ./demo/ and is made anew on every run.
set -eu
cd "$(dirname "$0")/.."
PATH=$PWD/.venv/bin:$PATH
unset LEADLOG_DB

say() {
    echo
    printf '# %s\n' "$@"
}

# Print a command, run it, and see that it ends with the exit code that is expected.
run() {
    expected=$1
    printf '$ %s\n' "$2"
    code=0
    eval "$2" || code=$?
    if [ "$code" -ne 0 ]; then
        printf '(exit %s)\n' "$code"
    fi
    if [ "$code" -ne "$expected" ]; then
        echo "This was to end with exit $expected. Please report it." >&2
        exit 1
    fi
}

rm -rf demo
mkdir demo

say 'A new database, whose days are those of Berlin'
run 0 'export LEADLOG_DB=demo/leads.db'
run 0 'leadlog init --timezone Europe/Berlin'

say 'Two weeks of attempts that were processed elsewhere, a result line for each'
run 0 'leadlog record --file examples/two-weeks.ndjson --create-users \
    > demo/recorded.txt'

say 'One lead and its receipt; then the same person for the same page again'
run 0 'leadlog submit --user site-form --name "Ada Lovelace" \
    --email ada@example.org --page /pricing'
run 5 'leadlog submit --user site-form --name "A. Lovelace" \
    --email ADA@example.org --page /pricing'

say 'A stream, in which some lines are bad; those are given back to be mended'
run 5 'leadlog submit --file examples/leads.ndjson --rejects demo/rejects.ndjson \
    > demo/submitted.txt'

say 'A limit, and how much of it each user has used at this moment'
run 0 'leadlog limit set partner-acme 5/1h --reason "agreed with Acme"'
run 6 'leadlog submit --user partner-acme --name "Grace Hopper" \
    --email grace@example.com --page /partners/acme'
run 0 'leadlog limit status'

say 'What failed in the second of the two weeks'
run 0 'leadlog failures --since 2025-11-10 --until 2025-11-16'

say 'Where do bad addresses come from? From one page, since 12 November.'
run 0 'leadlog failures --since 2025-11-10 --until 2025-11-16 \
    --code invalid_email --by page'

say 'Who runs into a limit, and when? One script, at the same minute every night.'
run 0 'leadlog failures --code limit_exceeded --list --limit 4'

say 'One of the failures of the afternoon on which the CRM behind a feed broke'
run 0 'leadlog failures --date 2025-11-13 --category upstream --list --limit 3'
run 0 'leadlog show 465'

say 'The two weeks are over: close each day, for good'
run 0 'leadlog snapshot --from 2025-11-03 --to 2025-11-16'

say 'Nothing was changed since it was written, and every figure follows from the log'
run 0 'leadlog verify'

say 'What the database is and holds'
run 0 'leadlog info'

say 'What happened on 13 November? Every number names its place in the figures.'
run 0 'leadlog report --date 2025-11-13'

say 'The database is demo/leads.db. Look further with, for example:' \
    '  .venv/bin/leadlog trace --report 1 2 --db demo/leads.db'
