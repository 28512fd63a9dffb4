/// All that a program needs that factors matrices without the command line.
#pragma once

#include "partita/base/error.hpp"
#include "partita/comm/communicator.hpp"
#include "partita/io/formats/factor_files.hpp"
#include "partita/io/formats/matrix_format.hpp"
#include "partita/job/job.hpp"
