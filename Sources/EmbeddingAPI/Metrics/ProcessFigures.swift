import Foundation

/// What the system knows of this process (proc_pid_stat(5)).
struct ProcessFigures {
    var processorSeconds = 0.0
    var threads = 0
    /// Since 1970.
    var startSeconds = 0.0
    var virtualBytes = 0
    var residentBytes = 0
    var openDescriptors: Int?
    var maximumDescriptors: Int?

    private static let ticksPerSecond = Double(sysconf(Int32(_SC_CLK_TCK)))
    private static let pageBytes = sysconf(Int32(_SC_PAGESIZE))

    /// When the machine has started, in seconds since 1970.
    private static let bootSeconds: Double = {
        let lines = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8))?.split(separator: "\n") ?? []
        return lines.first { $0.hasPrefix("btime ") }.flatMap { Double($0.dropFirst(6)) } ?? 0
    }()

    /// Nil where the system does not tell.
    static func read() -> ProcessFigures? {
        // The name, in parentheses, may have spaces and parentheses itself.
        guard let text = try? String(contentsOfFile: "/proc/self/stat", encoding: .utf8),
            let name = text.lastIndex(of: ")")
        else { return nil }
        // From the third field on.
        let fields = text[text.index(after: name)...].split(separator: " ").map { Double($0) ?? 0 }
        guard fields.count > 21 else { return nil }
        var figures = ProcessFigures()
        figures.processorSeconds = (fields[11] + fields[12]) / ticksPerSecond
        figures.threads = Int(fields[17])
        figures.startSeconds = bootSeconds + fields[19] / ticksPerSecond
        figures.virtualBytes = Int(fields[20])
        figures.residentBytes = Int(fields[21]) * pageBytes
        figures.openDescriptors = countDescriptors()
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 { figures.maximumDescriptors = Int(clamping: limit.rlim_cur) }
        return figures
    }

    private static func countDescriptors() -> Int? {
        var status = stat()
        guard stat("/proc/self/fd", &status) == 0 else { return nil }
        // Linux says it here since 6.2; listing thousands takes milliseconds.
        if status.st_size > 0 { return Int(status.st_size) }
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        // Without ".", "..", and the one that lists them.
        var count = -3
        while readdir(directory) != nil { count += 1 }
        return count
    }
}
