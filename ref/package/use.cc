/* The public header in a C++ program: it compiles, and what it declares links. */
#include <cstdio>
#include <cstring>
#include <vmxsync/vmxsync.h>

static void ignore(void *, const char *) {}

int main() {
  vmx_config config{};
  config.size = sizeof config;
  vmx_client *client = nullptr;
  vmx_error err = {};
  const vmx_callbacks callbacks = {ignore, ignore, nullptr, nullptr};
  if (vmx_client_open(&config, &client, &err) != 2460 || std::strstr(err.text, "storage") == nullptr) return 1;
  if (callbacks.progress != nullptr) return 1;
  vmx_client_close(client);
  std::printf("%s\n", vmx_version());
  return 0;
}
