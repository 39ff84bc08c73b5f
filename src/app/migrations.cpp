#include "app/migrations.h"

#include <initializer_list>
#include <span>

#include "auth/auth_migrations.h"
#include "features/seats/seats_store.h"
#include "features/tracks/tracks_library.h"

namespace pulso::app {

std::vector<store::Migration> all_migrations() {
  std::vector<store::Migration> all;
  for (const std::span<const store::Migration> component :
       {auth::auth_migrations(), seats::SeatsStore::migrations(), tracks::TracksLibrary::migrations()}) {
    all.insert(all.end(), component.begin(), component.end());
  }
  return all;
}

}  // namespace pulso::app
