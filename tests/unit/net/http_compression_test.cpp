#include "net/http_compression.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace pulso::net {
namespace {

std::string decompressed(const std::string& bytes, int format) {
  std::string out(4'000'000, '\0');
  z_stream stream{};
  EXPECT_EQ(::inflateInit2(&stream, MAX_WBITS + format), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

TEST(HttpCompressionTest, gives_back_what_was_compressed) {
  std::string noise;
  for (unsigned i = 0, state = 1; i < 100'000; ++i) {
    noise += static_cast<char>((state = state * 1'664'525 + 1'013'904'223) >> 24);
  }
  for (const std::string& text : {std::string{}, std::string{"a"}, std::string(1'000'000, 'x'), noise}) {
    EXPECT_EQ(decompressed(compress(text, ContentCoding::gzip), 16), text);
    EXPECT_EQ(decompressed(compress(text, ContentCoding::deflate), 0), text);
  }
  EXPECT_LT(compress(std::string(1'000'000, 'x'), ContentCoding::gzip).size(), 2'000U);
}

TEST(HttpCompressionTest, reads_accept_encoding) {
  for (const char* field : {"gzip", "GZip", "x-gzip", "deflate, gzip", "br;q=1.0,gzip;q=0.8", "*", "gzip ; q=0.001",
                            "identity;q=0, *;q=0.5", "*;q=0, gzip"}) {
    EXPECT_EQ(choose_coding(field), ContentCoding::gzip) << field;
  }
  for (const char* field :
       {"", "br", "deflate;q=0", "identity", "gzip;q=0", "gzip;q=0.000", "*;q=0", "gzip;q=0, *", "gzipped"}) {
    EXPECT_EQ(choose_coding(field), ContentCoding::identity) << field;
  }
  for (const char* field : {"deflate", "br, Deflate;q=0.5", "gzip;q=0, deflate"}) {
    EXPECT_EQ(choose_coding(field), ContentCoding::deflate) << field;
  }
}

}  // namespace
}  // namespace pulso::net
