import COpenSSL
import Foundation

/// OpenSSL's error queue, of which every thread has one.
///
/// `SSL_get_error` takes whatever lies in the queue for the failure of the last call, so it is emptied before each call; and
/// connections change threads with their queue, so nothing is left in it after a failure.
enum OpenSSLErrors {
    static func clear() { ERR_clear_error() }

    /// The oldest error, which is the cause of the others. The queue is empty afterwards.
    static func take() -> OpenSSLError? {
        let code = ERR_get_error()
        ERR_clear_error()
        return code == 0 ? nil : OpenSSLError(code: code)
    }

    /// The oldest error in words.
    static func takeReason() -> String { take()?.reason ?? "no reason given" }
}

/// One of OpenSSL's errors.
struct OpenSSLError {
    let code: UInt

    /// Whether this is `reason` of the library's part for TLS itself.
    func isTLS(_ reason: Int32) -> Bool { ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == reason }

    /// A few words of OpenSSL's or, for a failed system call, of the C library's.
    var reason: String {
        if let text = ERR_reason_error_string(code) { return String(cString: text) }
        if ERR_GET_LIB(code) == ERR_LIB_SYS { return String(cString: strerror(ERR_GET_REASON(code))) }
        return "error \(String(code, radix: 16))"
    }
}
