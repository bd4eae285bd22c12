// SPDX-License-Identifier: Apache-2.0
#include "data/http.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <array>
#include <exception>
#include <fstream>
#include <memory>

#include "base/error.h"
#include "base/version.h"

namespace filigree::data {

namespace {

struct Transfer {
    const HttpRequest& request;
    CURL* curl;
    std::ofstream file;
    std::int64_t offset = 0;
    std::int64_t received = 0;
    bool tooLong = false;
    bool cannotWrite = false;
    bool cancelled = false;
    std::exception_ptr thrown;

    bool successful() const {
        long status = 0;
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
        return status == (offset > 0 ? 206 : 200);
    }
};

std::size_t onBody(char* bytes, std::size_t, std::size_t size, void* user) {
    auto& transfer = *static_cast<Transfer*>(user);
    if (!transfer.successful()) return size;  // the page that explains an error is no data
    if (transfer.offset + transfer.received + static_cast<std::int64_t>(size) >
        transfer.request.maximumBytes) {
        transfer.tooLong = true;
        return 0;
    }
    transfer.file.write(bytes, static_cast<std::streamsize>(size));
    if (!transfer.file) {
        transfer.cannotWrite = true;
        return 0;
    }
    transfer.received += static_cast<std::int64_t>(size);
    return size;
}

int onProgress(void* user, curl_off_t total, curl_off_t, curl_off_t, curl_off_t) {
    auto& transfer = *static_cast<Transfer*>(user);
    if (!transfer.request.progress) return 0;
    // Exceptions must not pass through the C library.
    try {
        const bool known = total > 0 && transfer.successful();
        const bool goOn = transfer.request.progress(transfer.offset + transfer.received,
                                                    known ? transfer.offset + total : -1);
        transfer.cancelled = !goOn;
        return goOn ? 0 : 1;
    } catch (...) {
        transfer.thrown = std::current_exception();
        return 1;
    }
}

void initialiseOnce() {
    static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (code != CURLE_OK) throw Error(ErrorKind::Run, "the network library cannot be started");
}

bool laterTryMayDo(long status) {
    return status == 408 || status == 429 || status >= 500;
}

HttpResult judge(const Transfer& transfer, CURLcode code, const char* reason) {
    using End = HttpResult::End;
    HttpResult result;
    curl_easy_getinfo(transfer.curl, CURLINFO_RESPONSE_CODE, &result.status);
    const auto end = [&](End how, std::string message) {
        result.end = how;
        result.message = std::move(message);
        return result;
    };
    if (transfer.cancelled) return end(End::Cancelled, "stopped on request");
    if (transfer.tooLong)
        return end(End::TooLong, fmt::format("the server sends more than the {} bytes expected at most",
                                             transfer.request.maximumBytes));
    if (transfer.cannotWrite) return end(End::CannotWrite, "cannot write to the disk");
    if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
        return end(End::NoSuchTransport, std::string("not an address that can be used: ") + reason);
    // A 416 says that the range lies outside the file; curl may report it as a success without a body.
    if (code == CURLE_RANGE_ERROR || (transfer.offset > 0 && (result.status == 416 || result.status == 200)))
        return end(End::RangeRefused, "the server does not go on where the download stopped");
    if (result.status >= 400)
        return end(laterTryMayDo(result.status) ? End::Interrupted : End::Refused,
                   fmt::format("the server answered with HTTP status {}", result.status));
    if (code != CURLE_OK) return end(End::Interrupted, reason);
    if (!transfer.successful())
        return end(End::Refused, fmt::format("the server answered with HTTP status {}", result.status));
    return end(End::Complete, {});
}

}  // namespace

HttpResult download(const HttpRequest& request) {
    initialiseOnce();
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> handle(curl_easy_init(), &curl_easy_cleanup);
    if (!handle) throw Error(ErrorKind::Run, "the network library cannot be started");
    CURL* curl = handle.get();

    Transfer transfer{request, curl, {}, 0, 0, false, false, false, {}};
    transfer.file.open(request.file, std::ios::binary | std::ios::app);
    std::error_code failure;
    const auto there = std::filesystem::file_size(request.file, failure);
    if (!transfer.file || failure)
        return {HttpResult::End::CannotWrite, 0, "cannot write " + request.file.string()};
    transfer.offset = static_cast<std::int64_t>(there);

    std::array<char, CURL_ERROR_SIZE> reason{};
    const std::string agent = std::string("filigree/") + version();
    const auto set = [&](CURLoption option, auto value) {
        const CURLcode code = curl_easy_setopt(curl, option, value);
        if (code != CURLE_OK)
            throw Error(ErrorKind::Run, std::string("network library: ") + curl_easy_strerror(code));
    };
    set(CURLOPT_URL, request.url.c_str());
    set(CURLOPT_USERAGENT, agent.c_str());
    set(CURLOPT_ERRORBUFFER, reason.data());
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_FOLLOWLOCATION, 1L);
    set(CURLOPT_MAXREDIRS, 5L);
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
    set(CURLOPT_CONNECTTIMEOUT, static_cast<long>(request.stallTimeout_s));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(request.stallTimeout_s));
    set(CURLOPT_RESUME_FROM_LARGE, static_cast<curl_off_t>(transfer.offset));
    set(CURLOPT_WRITEFUNCTION, &onBody);
    set(CURLOPT_WRITEDATA, static_cast<void*>(&transfer));
    set(CURLOPT_XFERINFOFUNCTION, &onProgress);
    set(CURLOPT_XFERINFODATA, static_cast<void*>(&transfer));
    set(CURLOPT_NOPROGRESS, 0L);

    const CURLcode code = curl_easy_perform(curl);
    transfer.file.close();
    if (!transfer.file) transfer.cannotWrite = true;
    if (transfer.thrown) std::rethrow_exception(transfer.thrown);
    return judge(transfer, code, reason[0] != 0 ? reason.data() : curl_easy_strerror(code));
}

}  // namespace filigree::data
