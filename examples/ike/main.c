/* examples/ike/main.c - `ike`, the command-line client. SPDX-License-Identifier: Apache-2.0 */
#include "cli.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "ike connect PROFILE [--run CMD [ARG...]] [--events FILE] [--keylog DIR] [--pcap FILE]\n"
    "                    [--tun NAME] [--timeout SECONDS] [--record FILE [--record-secrets]]\n"
    "                    [--crypto NAME[,NAME]] [--plain tun|udp]... [--card PROGRAM] [--set KEY=VALUE]...\n"
    "ike import FILE     prints the native profile for a .sswan\n"
    "ike check PROFILE   says what would be offered, asked and routed [--crypto …] [--set KEY=VALUE]...\n"
    "                    --plan: only what the guard does in each phase, as JSON\n"
    "ike replay FILE     runs what --record wrote once more, without network, and compares\n"
    "ike version         and the crypto it was built with\n"
    "\n"
    "--crypto: mbedtls, openssl; behind the comma, or ipsecmb alone: what ESP is done with. Without it: "
    "mbedtls, and for\n"
    "ESP the fastest that this program and this processor have. --plain: one packet a system call.\n"
    "\n"
    "Exit status: 0, or CMD's own; 64 bad usage or profile, 69 gateway silent, 74 local device,\n"
    "76 refused by the gateway, 77 authentication failed, 130 interrupted before the tunnel was up.\n"
    "replay: 0 every datagram as it was, 1 not so, 65 not a recording, 66 something is missing in it.\n";

enum {
    O_RUN = 256,
    O_EVENTS,
    O_KEYLOG,
    O_PCAP,
    O_TUN,
    O_TIMEOUT,
    O_CRYPTO,
    O_SET,
    O_RECORD,
    O_SECRETS,
    O_PLAIN,
    O_CARD,
    O_PLAN,
    O_HELP
};
static const struct option table[] = {{"run", no_argument, NULL, O_RUN},
                                      {"events", required_argument, NULL, O_EVENTS},
                                      {"keylog", required_argument, NULL, O_KEYLOG},
                                      {"pcap", required_argument, NULL, O_PCAP},
                                      {"tun", required_argument, NULL, O_TUN},
                                      {"timeout", required_argument, NULL, O_TIMEOUT},
                                      {"crypto", required_argument, NULL, O_CRYPTO},
                                      {"set", required_argument, NULL, O_SET},
                                      {"record", required_argument, NULL, O_RECORD},
                                      {"plain", required_argument, NULL, O_PLAIN},
                                      {"record-secrets", no_argument, NULL, O_SECRETS},
                                      {"card", required_argument, NULL, O_CARD},
                                      {"plan", no_argument, NULL, O_PLAN},
                                      {"help", no_argument, NULL, O_HELP},
                                      {NULL, 0, NULL, 0}};

static int parse_seconds(const char *text, int *out)
{
    char *end;
    long v = strtol(text, &end, 10);

    if (*text == '\0' || *end != '\0' || v < 1 || v > 86400)
        return -1;
    *out = (int)v;
    return 0;
}

/* 0, or an exit code. Everything behind --run is the command, whatever it looks like. */
static int parse(int argc, char **argv, struct options *o)
{
    int own = argc, opt;

    for (int i = 0; i < argc; i++)
        if (strcmp(argv[i], "--run") == 0) {
            own = i;
            o->run = &argv[i + 1];
            if (!o->run[0])
                return EXIT_USE;
            break;
        }
    while ((opt = getopt_long(own, argv, "", table, NULL)) != -1) {
        switch (opt) {
        case O_EVENTS:
            o->events = optarg;
            break;
        case O_KEYLOG:
            o->keylog = optarg;
            break;
        case O_PCAP:
            o->pcap = optarg;
            break;
        case O_TUN:
            o->tun = optarg;
            break;
        case O_RECORD:
            o->record = optarg;
            break;
        case O_CARD:
            o->card = optarg;
            break;
        case O_SECRETS:
            o->record_secrets = 1;
            break;
        case O_PLAN:
            o->plan = 1;
            break;
        case O_TIMEOUT:
            if (parse_seconds(optarg, &o->timeout_s) < 0)
                return EXIT_USE;
            break;
        case O_CRYPTO:
            if (crypto_choose(o, optarg) < 0) {
                fprintf(stderr, "ike: --crypto: this program has no %s; see ike version\n", optarg);
                return EXIT_USE;
            }
            break;
        case O_PLAIN:
            o->plain_tun |= strcmp(optarg, "tun") == 0;
            o->plain_udp |= strcmp(optarg, "udp") == 0;
            if (strcmp(optarg, "tun") != 0 && strcmp(optarg, "udp") != 0)
                return EXIT_USE;
            break;
        case O_SET:
            if (o->overrides_n == sizeof(o->overrides) / sizeof(o->overrides[0]))
                return EXIT_USE;
            o->overrides[o->overrides_n++] = optarg;
            break;
        case O_HELP:
            fputs(usage, stdout);
            exit(0);
        default:
            return EXIT_USE;
        }
    }
    if (optind + 1 != own)
        return EXIT_USE;
    /* OpenSSL makes its key pairs of random octets of its own: no recording could make them again. */
    if (o->record && o->crypto != crypto_at(0)) {
        fprintf(stderr, "ike: --record: only with --crypto mbedtls\n");
        return EXIT_USE;
    }
    if (!o->bulk) /* not before somebody needs it: looking at the processor takes memory */
        o->bulk = crypto_bulk();
    o->profile = argv[optind];
    return 0;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(const struct options *);
    } commands[] = {{"connect", command_connect},
                    {"check", command_check},
                    {"import", command_import},
                    {"replay", command_replay}};
    struct options o;

    memset(&o, 0, sizeof(o));
    o.crypto = crypto_at(0);
    if (argc == 2 && strcmp(argv[1], "version") == 0) {
        printf("ike %s", ike_version());
        for (size_t i = 0; crypto_at(i); i++)
            printf(", %s", crypto_at(i)->name);
        o.bulk = crypto_bulk();
        printf("; ESP: %s", o.bulk ? o.bulk->name : o.crypto->name);
        printf("\n");
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    for (size_t i = 0; argc > 1 && i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(argv[1], commands[i].name) == 0 && parse(argc - 1, argv + 1, &o) == 0)
            return commands[i].run(&o);
    fputs(usage, stderr);
    return EXIT_USE;
}
