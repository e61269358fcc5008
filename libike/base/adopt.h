/* base/adopt.h - a caller's struct, of whatever version, as ours. SPDX-License-Identifier: Apache-2.0
 *
 * The rule itself is public (ike_struct_adopt in ike.h): whoever implements a table of ours needs it too. */
#ifndef IKE_BASE_ADOPT_H
#define IKE_BASE_ADOPT_H

#include <ike/ike.h>

/* Also holds the backend against the families we know. Errors: USAGE. */
int ike__env_adopt(ike_env *out, const ike_env *env);

#endif
