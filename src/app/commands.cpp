#include "app/commands.h"

#include <memory>

#include <fmt/ostream.h>

#include "app/config_report.h"
#include "app/migrations.h"
#include "app/serve_checks.h"
#include "store/database.h"

namespace pulso::app {

int run_config_check(const ConfigInput& input, const Console& console) {
  auto loaded = load_config(input);
  if (!loaded) return console.failed(loaded.error());
  const auto prepared = prepare_to_serve(*loaded);
  console.out << describe_config(*loaded);
  for (const std::string& warning : loaded->warnings) fmt::print(console.err, "warning: {}\n", warning);
  return prepared ? 0 : console.failed(prepared.error());
}

int run_config_docs(const Console& console) {
  console.out << document_config();
  return 0;
}

int run_migrate(const ConfigInput& input, const Console& console) {
  const auto loaded = load_config(input);
  if (!loaded) return console.failed(loaded.error());
  auto database = store::Database::open({.url = loaded->config.database.url, .connections = 1});
  if (!database) return console.failed(database.error());
  const auto steps = store::migrate(**database, all_migrations());
  if (!steps) return console.failed(steps.error());
  fmt::print(console.out, "{} {} taken; the schema is up to date\n", *steps, *steps == 1 ? "step" : "steps");
  return 0;
}

}  // namespace pulso::app
