/* apply/resolved.c - systemd-resolved, by its bus. SPDX-License-Identifier: Apache-2.0
 *
 * Servers and domains belong to the TUN's link: whatever becomes of us, they go with the device. "." as a domain for
 * routing takes every query; "~" in its tools is the second half of what SetLinkDomains takes.
 *
 * A resolved of another network namespace would take our interface's number for one of its own: it does not count. */
#include "apply/room.h"

#ifdef IKE_HAVE_SYSTEMD
#include <string.h>
#include <sys/stat.h>
#include <systemd/sd-bus.h>

#define NAME      "org.freedesktop.resolve1"
#define PATH      "/org/freedesktop/resolve1"
#define INTERFACE NAME ".Manager"

static int is_in_our_namespace(sd_bus *bus)
{
    struct stat ours, theirs;
    sd_bus_creds *who = NULL;
    char path[64];
    pid_t pid = 0;

    if (sd_bus_get_name_creds(bus, NAME, SD_BUS_CREDS_PID, &who) < 0)
        return 0;
    (void)sd_bus_creds_get_pid(who, &pid);
    sd_bus_creds_unref(who);
    snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
    return stat("/proc/self/ns/net", &ours) == 0 && stat(path, &theirs) == 0 && ours.st_ino == theirs.st_ino;
}

static sd_bus *open_bus(void)
{
    sd_bus *bus = NULL;

    if (sd_bus_open_system(&bus) >= 0) {
        (void)sd_bus_set_method_call_timeout(bus, 5000000);
        if (is_in_our_namespace(bus))
            return bus;
    }
    sd_bus_flush_close_unref(bus);
    return NULL;
}

int ike__apply_resolved_runs(void)
{
    sd_bus *bus = open_bus();
    int runs = bus != NULL;

    sd_bus_flush_close_unref(bus);
    return runs;
}

static int add_servers(sd_bus_message *m, const ike_guard_dns *dns)
{
    int err = 0;

    for (uint32_t i = 0; err >= 0 && i < dns->servers_n; i++) {
        const ike_addr *a = &dns->servers[i];
        err = sd_bus_message_open_container(m, 'r', "iay");
        if (err >= 0)
            err = sd_bus_message_append(m, "i", a->family == 4 ? 2 : 10); /* AF_INET, AF_INET6 */
        if (err >= 0)
            err = sd_bus_message_append_array(m, 'y', a->ip, a->family == 4 ? 4 : 16);
        if (err >= 0)
            err = sd_bus_message_close_container(m);
    }
    return err;
}

static int add_domains(sd_bus_message *m, const ike_guard_dns *dns)
{
    int err = dns->mode == IKE_GUARD_DNS_FULL ? sd_bus_message_append(m, "(sb)", ".", 1) : 0;

    for (uint32_t i = 0; err >= 0 && i < dns->domains_n; i++)
        err = sd_bus_message_append(m, "(sb)", dns->domains[i], 1);
    return err;
}

/* A method that takes the link and a list. */
static int set_list(sd_bus *bus, const char *method, uint32_t link, const char *type,
                    int (*add)(sd_bus_message *m, const ike_guard_dns *dns), const ike_guard_dns *dns)
{
    sd_bus_message *m = NULL;
    int err = sd_bus_message_new_method_call(bus, &m, NAME, PATH, INTERFACE, method);

    if (err >= 0)
        err = sd_bus_message_append(m, "i", (int)link);
    if (err >= 0)
        err = sd_bus_message_open_container(m, 'a', type);
    if (err >= 0)
        err = add(m, dns);
    if (err >= 0)
        err = sd_bus_message_close_container(m);
    if (err >= 0)
        err = sd_bus_call(bus, m, 0, NULL, NULL);
    sd_bus_message_unref(m);
    return err;
}

int ike__apply_resolved_set(uint32_t link, const ike_guard_dns *dns)
{
    sd_bus *bus = open_bus();
    int err = bus ? set_list(bus, "SetLinkDomains", link, "(sb)", add_domains, dns) : -1;

    if (err >= 0)
        err = sd_bus_call_method(bus, NAME, PATH, INTERFACE, "SetLinkDefaultRoute", NULL, NULL, "ib",
                                 (int)link, dns->mode == IKE_GUARD_DNS_FULL);
    if (err >= 0)
        err = set_list(bus, "SetLinkDNS", link, "(iay)", add_servers, dns);
    sd_bus_flush_close_unref(bus);
    return err < 0 ? IKE_E_LOCAL_IO : 0;
}

void ike__apply_resolved_undo(uint32_t link)
{
    sd_bus *bus = open_bus();

    if (bus)
        (void)sd_bus_call_method(bus, NAME, PATH, INTERFACE, "RevertLink", NULL, NULL, "i", (int)link);
    sd_bus_flush_close_unref(bus);
}

#else

int ike__apply_resolved_runs(void)
{
    return 0;
}

int ike__apply_resolved_set(uint32_t link, const ike_guard_dns *dns)
{
    (void)link;
    (void)dns;
    return IKE_E_UNSUPPORTED;
}

void ike__apply_resolved_undo(uint32_t link)
{
    (void)link;
}
#endif
