/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_FUZZ_FORECAST_H
#define DTSHIM_FUZZ_FORECAST_H

#include "choices.h"

/*
 * The forecast of the tree for a release and a way into Xen that `choice` names. What is required: a stop has
 * words, dom0's memory is RAM that was asked for, its tree stands in dtshim's eyes and
 * libfdt's, and neither another dirt in the memory nor a forecast for another release before
 * changes anything.
 */
void fuzz_forecast(const struct fuzz_choices *chosen, uint8_t choice, const uint8_t *blob,
                   size_t len);

#endif
