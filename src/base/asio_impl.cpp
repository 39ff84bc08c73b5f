// Asio and Beast are compiled here once: BOOST_ASIO_SEPARATE_COMPILATION saves every other file about half its time.
#include <boost/asio/impl/src.hpp>
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
