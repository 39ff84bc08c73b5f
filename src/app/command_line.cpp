#include "app/command_line.h"

#include <exception>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/admin_commands.h"
#include "app/commands.h"
#include "app/config_properties.h"
#include "app/serve_command.h"
#include "app/tracks_commands.h"
#include "base/clock.h"

namespace pulso::app {
namespace {

Environment environment_of_process() {
  Environment environment;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text{*entry};
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

/// One flag for each property, grouped by section; they may stand before or after the command.
void add_property_flags(CLI::App& program, ConfigInput& input) {
  for (const Property& property : properties()) {
    const std::string flag = property.short_flag.empty() ? flag_name_of(property) : std::string{property.short_flag};
    std::string names = "--" + flag_name_of(property);
    if (!property.short_flag.empty()) names += fmt::format(",--{}", property.short_flag);
    program
        .add_option_function<std::vector<std::string>>(
            names,
            [&input, &property, flag](const std::vector<std::string>& values) {
              for (const std::string& value : values) {
                input.flags.push_back({"--" + flag, std::string{property.key}, value});
              }
            },
            std::string{property.description})
        ->allow_extra_args(false)
        ->type_name("")
        ->group(fmt::format("[{}]", section_of(property)));
  }
}

void add_demo_flag(CLI::App& command, ConfigInput& input) {
  command.add_flag("--demo", input.demo, "Seed data, a generated secret, anonymous use: to try the server");
}

/// What all commands work with; the callbacks of the parser set `exit_code`.
struct Context {
  ConfigInput input;
  SystemClock clock;
  Console console{std::cout, std::cerr};
  int exit_code = 0;
};

void add_serve(CLI::App& program, Context& context) {
  CLI::App& serve_command = *program.add_subcommand("serve", "Run the server; settings: pulso --help");
  add_demo_flag(serve_command, context.input);
  serve_command.callback([&context] { context.exit_code = run_serve(context.input, context.console); });

  CLI::App& migrate = *program.add_subcommand("migrate", "Bring the database's schema up to date");
  migrate.callback([&context] { context.exit_code = run_migrate(context.input, context.console); });
}

void add_config(CLI::App& program, Context& context) {
  CLI::App& config = *program.add_subcommand("config", "Look at the configuration")->require_subcommand(1);
  CLI::App& check = *config.add_subcommand("check", "Print what holds, secrets masked, and where it comes from");
  add_demo_flag(check, context.input);
  check.callback([&context] { context.exit_code = run_config_check(context.input, context.console); });
  CLI::App& docs = *config.add_subcommand("docs", "Print a page about every setting");
  docs.callback([&context] { context.exit_code = run_config_docs(context.console); });
}

void add_token(CLI::App& program, Context& context) {
  CLI::App& token = *program.add_subcommand("token", "Users' tokens")->require_subcommand(1);

  CLI::App& mint = *token.add_subcommand("mint", "Print a token signed with auth.jwt_secret");
  const auto minted = std::make_shared<MintToken>();
  mint.add_option("--sub", minted->subject, "User id")->required();
  mint.add_option("--name", minted->name, "Name for people to read");
  mint.add_option("--email", minted->email, "Address");
  mint.add_option("--account", minted->account, "Account id");
  mint.add_option("--role", minted->roles, "Role; may be repeated")->allow_extra_args(false);
  mint.add_option("--scope", minted->scopes, "Scope; may be repeated")->allow_extra_args(false);
  mint.add_option("--expires", minted->lifetime, "How long it holds")->capture_default_str();
  mint.callback([&context, minted] {
    context.exit_code = run_token_mint(context.input, *minted, context.clock, context.console);
  });

  CLI::App& revoke = *token.add_subcommand("revoke", "End tokens, and the connections that came with them");
  const auto revoked = std::make_shared<RevokeToken>();
  revoke.require_option(1);
  revoke.add_option("--jti", revoked->token_id, "One token");
  revoke.add_option("--sub", revoked->subject, "Every token that a user was issued until now");
  revoke.callback([&context, revoked] {
    context.exit_code = run_token_revoke(context.input, *revoked, context.clock, context.console);
  });
}

void add_key(CLI::App& program, Context& context) {
  CLI::App& key = *program.add_subcommand("key", "API keys")->require_subcommand(1);

  CLI::App& create = *key.add_subcommand("create", "Make a key and print it, this once");
  const auto created = std::make_shared<CreateKey>();
  create.add_option("--account", created->account, "Account that it acts for")->required();
  create.add_option("--scope", created->scopes, "What it may do; may be repeated")->required()->allow_extra_args(false);
  create.add_option("--name", created->name, "What it is for");
  create.add_option("--expires", created->lifetime, "How long it holds, such as 90d (default: for good)");
  create.callback([&context, created] {
    context.exit_code = run_key_create(context.input, *created, context.clock, context.console);
  });

  CLI::App& list = *key.add_subcommand("list", "All keys, without their secrets");
  list.callback([&context] { context.exit_code = run_key_list(context.input, context.clock, context.console); });

  CLI::App& revoke = *key.add_subcommand("revoke", "End a key, and the connections that came with it");
  const auto id = std::make_shared<std::string>();
  revoke.add_option("ID", *id, "As shown by key list")->required();
  revoke.callback(
      [&context, id] { context.exit_code = run_key_revoke(context.input, *id, context.clock, context.console); });
}

void add_audit(CLI::App& program, Context& context) {
  CLI::App& audit = *program.add_subcommand("audit", "What was done by whom")->require_subcommand(1);
  CLI::App& tail = *audit.add_subcommand("tail", "The newest entries, oldest first");
  const auto count = std::make_shared<int>(20);
  tail.add_option("-n", *count, "How many")->check(CLI::Range(1, 10'000))->capture_default_str();
  tail.callback([&context, count] { context.exit_code = run_audit_tail(context.input, *count, context.console); });
}

void add_tracks(CLI::App& program, Context& context) {
  CLI::App& tracks = *program.add_subcommand("tracks", "The library of audio")->require_subcommand(1);
  CLI::App& import = *tracks.add_subcommand("import", "Take the audio files below a folder into the library");
  const auto wanted = std::make_shared<ImportTracks>();
  import.add_option("DIR", wanted->folder, "Folder; links in it are not followed")->required();
  CLI::Option_group& whose = *import.add_option_group("whose", "Whose they are");
  whose.add_flag_callback("--shared", [wanted] { wanted->owner.clear(); }, "Everybody's: the default");
  whose.add_option("--owner", wanted->owner, "One user's, by id")->check([](const std::string& id) {
    return id.empty() ? "a user's id is not empty" : "";
  });
  whose.require_option(0, 1);
  import.callback([&context, wanted] {
    context.exit_code = run_tracks_import(context.input, *wanted, context.clock, context.console);
  });
}

}  // namespace

int run(int argc, char** argv) try {
  Context context;
  context.input.environment = environment_of_process();

  CLI::App program{"Pulso: a live server for seats", "pulso"};
  program.set_version_flag("--version", "pulso " PULSO_VERSION);
  program.require_subcommand(1);
  program.fallthrough();
  program.add_option("--config", context.input.file, "TOML file with settings (default: pulso.toml, where present)")
      ->type_name("FILE");
  add_property_flags(program, context.input);
  add_serve(program, context);
  add_config(program, context);
  add_token(program, context);
  add_key(program, context);
  add_audit(program, context);
  add_tracks(program, context);

  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& outcome) {
    return program.exit(outcome, context.console.out, context.console.err) == 0 ? 0 : 2;
  }
  return context.exit_code;
} catch (const std::exception& exception) {
  std::cerr << "pulso: " << exception.what() << '\n';
  return 1;
}

}  // namespace pulso::app
