#include "app/migrations.h"

#include <initializer_list>
#include <span>

#include "auth/auth_migrations.h"
#include "features/events/events_feature.h"
#include "features/seats/seats_store.h"
#include "features/tracks/tracks_feature.h"

namespace pulso::app {

std::vector<store::Migration> all_migrations() {
  std::vector<store::Migration> all = tracks::TracksFeature::migrations();
  for (const std::span<const store::Migration> component :
       {auth::auth_migrations(), seats::SeatsStore::migrations(), events::EventsFeature::migrations()}) {
    all.insert(all.end(), component.begin(), component.end());
  }
  return all;
}

}  // namespace pulso::app
