import ArgumentParser
import EmbeddingAPI
import Foundation
import Logging

extension ServiceLogHandler.Format: ExpressibleByArgument {}
extension Logger.Level: @retroactive ExpressibleByArgument {}

/// What `serve` tells of itself, on standard error.
struct LogOptions: ParsableArguments {
    @Option(help: "How the service's own messages are written: text for people, json for machines.")
    var logFormat = ServiceLogHandler.Format.text

    @Option(help: "The least important messages that are written.")
    var logLevel = Logger.Level.info

    @Flag(help: "Let the access log, if it is JSON, have the first tokens of each request.")
    var logTokens = false

    var logger: Logger {
        var logger = Logger(label: "hyperembed") { _ in ServiceLogHandler(format: logFormat, descriptor: STDERR_FILENO) }
        logger.logLevel = logLevel
        return logger
    }
}
