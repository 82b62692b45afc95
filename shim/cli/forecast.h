/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef DTSHIM_CLI_FORECAST_H
#define DTSHIM_CLI_FORECAST_H

#include "shim/job/forecast.h"

/* An element of the array "forecasts". */
void json_forecast(const struct shim_outlook *outlook);

#endif
