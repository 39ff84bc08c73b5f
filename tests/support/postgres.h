#pragma once
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <soci/postgresql/soci-postgresql.h>
#include <soci/soci.h>

#include "support/temporary_folder.h"

namespace pulso::support {

/// A PostgreSQL server of this test program: data in a temporary folder, reached by a socket in it and by no network,
/// ended by its process id. It refuses to run as root, so root starts it as Debian's user `postgres`.
class PostgresServer {
 public:
  /// Whether the server is installed on this machine.
  [[nodiscard]] static bool is_installed() { return std::filesystem::exists(binary("initdb")); }

  /// The one of this program, started when first asked for.
  [[nodiscard]] static PostgresServer& shared() {
    static PostgresServer server;
    return server;
  }

  PostgresServer() {
    if (is_root()) {
      std::filesystem::permissions(folder_.path(), std::filesystem::perms::all);  // the socket and the data live in it
    }
    const int status = wait_for(spawn({binary("initdb"), "-D", data_folder(), "-U", "postgres", "--auth=trust",
                                       "--encoding=UTF8", "--locale=C", "--no-sync"}));
    if (status != 0) throw std::runtime_error{"initdb failed"};
    start();
  }
  ~PostgresServer() {
    if (process_ > 0) stop();
  }
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  void start() {
    process_ = spawn({binary("postgres"), "-D", data_folder(), "-k", folder_.path().string(), "-c",
                      "listen_addresses=", "-c", "shared_buffers=16MB"});
    wait_until_it_answers();
  }
  /// Ends it at once, as a power cut would (SIGQUIT): connections break, what was committed stays.
  void stop() {
    ::kill(process_, SIGQUIT);
    wait_for(process_);
    process_ = -1;
  }

  /// The URL of a fresh, empty database.
  [[nodiscard]] std::string create_database() {
    const std::string name = "test" + std::to_string(++database_count_);
    soci::session session{soci::postgresql, url("postgres")};
    session << "CREATE DATABASE " + name;
    return url(name);
  }

 private:
  [[nodiscard]] static std::string binary(const std::string& name) { return "/usr/lib/postgresql/15/bin/" + name; }
  [[nodiscard]] static bool is_root() { return ::geteuid() == 0; }
  [[nodiscard]] std::string data_folder() const { return folder_.file("data"); }
  [[nodiscard]] std::string url(const std::string& name) const {
    return "postgresql://postgres@/" + name + "?host=" + folder_.path().string();
  }

  [[nodiscard]] static pid_t spawn(std::vector<std::string> command) {
    if (is_root()) {
      command.insert(command.begin(), {"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"});
    }
    std::vector<char*> arguments;
    for (std::string& word : command) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t process = -1;
    const int error = ::posix_spawnp(&process, arguments[0], &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::runtime_error{"cannot start " + command.front()};
    return process;
  }

  static int wait_for(pid_t process) {
    int status = 0;
    ::waitpid(process, &status, 0);
    return status;
  }

  void wait_until_it_answers() const {
    for (int attempt = 0; attempt < 600; ++attempt) {
      try {
        const soci::session session{soci::postgresql, url("postgres")};
        return;
      } catch (const soci::soci_error&) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
      }
    }
    throw std::runtime_error{"PostgreSQL does not answer"};
  }

  TemporaryFolder folder_;
  pid_t process_ = -1;
  int database_count_ = 0;
};

}  // namespace pulso::support
