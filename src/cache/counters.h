// What the cache counts; made once by the application. Empty counters (in tests) count nothing.
#pragma once

#include "telemetry/metrics.h"

namespace artifactapi::cache {

struct Counters {
  telemetry::Counter evictions;
  telemetry::Counter evicted_bytes;
  telemetry::Counter commit_failures;
  telemetry::Counter catalog_errors;
  telemetry::Counter verified_bytes;
  telemetry::Counter damaged_blobs;
  telemetry::Counter renditions;         // documents made over for clients
  telemetry::Counter packed_renditions;  // of these, what was packed
};

// The same for one remote.
struct RemoteCounters {
  telemetry::Counter fills_started;
  telemetry::Counter fills_joined;
  telemetry::Counter received_bytes;
  telemetry::Counter contradicted;  // bodies that belied their promised digest
};

}  // namespace artifactapi::cache
