/* fuzz/standalone.c - runs a fuzz target over files and folders, without libFuzzer: for `make check`. SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static unsigned ran;

static void run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    uint8_t *p = malloc(1 << 20);
    size_t n = f && p ? fread(p, 1, 1 << 20, f) : 0;
    uint8_t *exact = malloc(n ? n : 1); /* so that a sanitizer sees the end */

    if (f && exact) {
        memcpy(exact, p, n);
        (void)LLVMFuzzerTestOneInput(exact, n);
        ran++;
    }
    if (f)
        fclose(f);
    free(exact);
    free(p);
}

static void run(const char *path)
{
    struct dirent *e;
    char child[1024];
    DIR *d = opendir(path);

    if (!d) {
        run_file(path);
        return;
    }
    while ((e = readdir(d)) != NULL) {
        if (e->d_name[0] == '.')
            continue;
        snprintf(child, sizeof(child), "%s/%s", path, e->d_name);
        run(child);
    }
    closedir(d);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run(argv[i]);
    printf("%u inputs\n", ran);
    return ran > 0 ? 0 : 1;
}
