#!/usr/bin/env bash
# A payment-channel network, as its users meet it.
# shellcheck source=tests/cli/lib.sh
. tests/cli/lib.sh

net=tests/cli/cloth
expect 0 "$herstatt" channels --cloth $net/cloth_input.txt --payments "$work/one.csv"
says out "60 nodes, 120 channels, 800 payments; seed 1992, digest"
says out "Every channel kept its capacity after every event."
says out "were split"
cp "$work/out" "$work/first"
expect 0 "$herstatt" channels --cloth $net/cloth_input.txt --payments "$work/two.csv"
holds "the same again" cmp "$work/out" "$work/first"
holds "the same payments again" cmp "$work/one.csv" "$work/two.csv"
expect 0 "$herstatt" channels --cloth $net/cloth_input.txt --seed 7
holds "another seed, another run" test "$(head -n 1 "$work/out")" != "$(head -n 1 "$work/first")"
expect 0 "$herstatt" channels --cloth $net/cloth_input.txt --json
says out '"half_width"'

# What it writes it reads: the same payments from a file give the same table of payments, but for
# the draws of the events, which then come first in the stream.
head -n 1 "$work/one.csv" > "$work/out"
says out "id,sender_id,receiver_id,amount,start_time,end_time,mpp,is_success,no_balance_count"
cp $net/*.csv "$work/"
cut -d, -f1-5 "$work/one.csv" > "$work/payments.csv"
sed 's/generate_payments_from_file=false/generate_payments_from_file=true/;
     s/payments_filename=/payments_filename=payments.csv/' $net/cloth_input.txt > "$work/mine.txt"
expect 0 "$herstatt" channels --cloth "$work/mine.txt" --payments "$work/three.csv"
cut -d, -f1-5 "$work/three.csv" > "$work/back.csv"
holds "payments are those of the file" cmp "$work/payments.csv" "$work/back.csv"

# Growth, and a made-up network.
sed 's/generate_network_from_file=true/generate_network_from_file=false/;
     s/n_additional_nodes=/n_additional_nodes=20/; s/n_channels_per_node=/n_channels_per_node=3/;
     s/capacity_per_channel=/capacity_per_channel=100000/' $net/cloth_input.txt > "$work/mine.txt"
expect 0 "$herstatt" channels --cloth "$work/mine.txt"
says out "80 nodes, 180 channels"
mkdir "$work/made"
expect 0 "$herstatt" channels --synthetic "$work/made" --nodes 60 --channels 120
for table in nodes channels edges; do
    holds "$table are those of the repository" cmp "$work/made/$table.csv" "$net/$table.csv"
done
expect 3 "$herstatt" channels --synthetic "$work/made" --nodes 60 --channels 120
says err "cannot be written, or is there already"

# refuses TEXT SED: the configuration changed so is refused with these words.
refuses() {
    sed "$2" $net/cloth_input.txt > "$work/bad.txt"
    expect 2 "$herstatt" channels --cloth "$work/bad.txt"
    says err "$1"
}
refuses 'bad.txt:1:28: generate_network_from_file: expected true or false, got "yes"' '1s/=.*/=yes/'
refuses 'bad.txt:2:16: expected no space around =' '2s/=/ =/'
refuses 'bad.txt:2:1: unknown key "node_filename"' '2s/nodes/node/'
refuses 'bad.txt:8:25: faulty_node_probability: expected a number from 0 to 1, got "1.5"' '8s/=.*/=1.5/'
refuses 'bad.txt:14:5: mpp: expected 0 or 1, got "2"' '14s/=.*/=2/'
refuses 'bad.txt:14:1: n_payments: is here twice' '14s/.*/n_payments=3/'
refuses 'bad.txt:5:1: expected key=value' '5s/.*/hello/'
refuses 'bad.txt: payment_rate: needed here, and not 0 or empty' 's/payment_rate=.*/payment_rate=0/'
refuses 'bad.txt: n_additional_nodes: needed here' '1s/true/false/'

# breaks TABLE TEXT SED: that table changed so is refused with these words.
breaks() {
    cp $net/cloth_input.txt "$work/"
    cp $net/*.csv "$work/"
    sed "$3" "$net/$1.csv" > "$work/$1.csv"
    expect 2 "$herstatt" channels --cloth "$work/cloth_input.txt"
    says err "$2"
}
breaks nodes 'nodes.csv:3:1: column id: expected a whole number in [1, 1], got "7"' '3s/.*/7/'
breaks channels 'channels.csv:2:3: column edge1_id: expected twice the channel'"'"'s id, and 1 more, got "4"' '2s/^0,0/0,4/'
breaks channels 'channels.csv: has no column "capacity"' '1s/capacity/size/'
breaks edges 'edges.csv:2:5: column counter_edge_id: expected the channel'"'"'s other edge, got "9"' '2s/^0,0,1/0,0,9/'
breaks edges 'edges.csv: expected 240 edges, got 239' 241d
breaks edges 'edges.csv:3:' '3s/,[0-9]*$//'
expect 2 "$herstatt" channels --cloth "$work/absent.txt"
expect 2 "$herstatt" channels
says err "one of --cloth CONFIG and --synthetic FOLDER is needed"
expect 2 "$herstatt" channels --cloth $net/cloth_input.txt --seed x
finish
