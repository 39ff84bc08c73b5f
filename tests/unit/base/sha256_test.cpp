#include "base/sha256.h"

#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"

namespace pulso {
namespace {

std::string hex_of(const HmacSha256::Digest& digest) {
  return hex_encode({digest.data(), digest.size()});
}

TEST(Sha256, agrees_with_the_examples_of_nist) {
  EXPECT_EQ(hex_encode(sha256("")), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex_encode(sha256("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(HmacSha256, agrees_with_the_vectors_of_rfc_4231) {
  const HmacSha256 first{std::string(20, '\x0b')}, second{"Jefe"}, longer_than_a_block{std::string(131, '\xaa')};
  for (int round = 0; round < 2; ++round) {  // a signature leaves nothing to the next one
    EXPECT_EQ(hex_of(first.sign("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    EXPECT_EQ(hex_of(second.sign("what do ya want for nothing?")),
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    EXPECT_EQ(hex_of(longer_than_a_block.sign("Test Using Larger Than Block-Size Key - Hash Key First")),
              "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
  }
}

TEST(HmacSha256, signs_for_several_threads_at_once) {
  const HmacSha256 hmac{"Jefe"};
  const HmacSha256::Digest expected = hmac.sign("what do ya want for nothing?");
  std::vector<int> wrong(4, 0);
  {
    std::vector<std::jthread> threads;
    for (int& count : wrong) {
      threads.emplace_back([&] {
        for (int i = 0; i < 1000; ++i) count += hmac.sign("what do ya want for nothing?") == expected ? 0 : 1;
      });
    }
  }
  EXPECT_EQ(wrong, std::vector<int>(4, 0));
}

}  // namespace
}  // namespace pulso
