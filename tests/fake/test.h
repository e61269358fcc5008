/* tests/fake/test.h - CMocka with the headers it wants. SPDX-License-Identifier: Apache-2.0 */
#ifndef IKE_TESTS_TEST_H
#define IKE_TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
/* behind those four, because it needs them */
#include <cmocka.h>

#endif
