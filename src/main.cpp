#include "app/command_line.h"

int main(int argc, char** argv) {
  return pulso::app::run(argc, argv);
}
