// Points at a transfer as long as its owner's frame lives.
#pragma once

#include "transport/client.h"

namespace artifactapi::repository {

class Reading {
 public:
  Reading(transport::Transfer*& place, transport::Transfer& transfer) : place_(place) { place_ = &transfer; }
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;
  ~Reading() { place_ = nullptr; }

 private:
  transport::Transfer*& place_;
};

}  // namespace artifactapi::repository
