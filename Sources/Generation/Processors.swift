import Foundation

/// How many processors this process may use.
public enum Processors {
    /// The processors that it may run on, or as many as its control group grants the time of, if that is fewer; one at least.
    ///
    /// A container with a quota of two processors on a machine of 64 gets two threads, not 64 that take turns.
    public static var granted: Int { granted(of: ProcessInfo.processInfo.activeProcessorCount, root: "/") }

    /// - Parameter root: the folder that /proc and /sys are looked for in.
    static func granted(of processors: Int, root: String) -> Int {
        let membership = text(root + "/proc/self/cgroup") ?? ""
        let quotas = membership.split(separator: "\n").flatMap { Self.quotas(ofGroup: $0, root: root) }
        return max(1, min(processors, quotas.map { Int($0.rounded(.up)) }.min() ?? processors))
    }

    /// - Parameter line: "hierarchy:controllers:path". The second version of control groups has one hierarchy, 0, and names no
    ///   controllers.
    private static func quotas(ofGroup line: Substring, root: String) -> [Double] {
        let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3 else { return [] }
        if parts[0] == "0" { return quotas(below: root + "/sys/fs/cgroup", parts[2], unifiedQuota) }
        guard parts[1].split(separator: ",").contains("cpu") else { return [] }
        return quotas(below: root + "/sys/fs/cgroup/cpu", parts[2], legacyQuota)
    }

    /// The quotas of a group and of all groups around it. Inside a container the path may lead nowhere: its own group is the root then.
    private static func quotas(below mount: String, _ path: String, _ quota: (String) -> Double?) -> [Double] {
        let names = path.split(separator: "/")
        return (0...names.count).compactMap { depth in quota(([mount] + names[..<depth].map(String.init)).joined(separator: "/")) }
    }

    /// "max 100000", or microseconds of time in each period of so many.
    private static func unifiedQuota(_ folder: String) -> Double? {
        guard let numbers = text(folder + "/cpu.max")?.split(separator: " ").map({ Double($0) }), numbers.count == 2 else { return nil }
        return ratio(numbers[0], numbers[1])
    }

    private static func legacyQuota(_ folder: String) -> Double? {
        ratio(text(folder + "/cpu.cfs_quota_us").flatMap(Double.init), text(folder + "/cpu.cfs_period_us").flatMap(Double.init))
    }

    private static func ratio(_ quota: Double?, _ period: Double?) -> Double? {
        guard let quota, let period, quota > 0, period > 0 else { return nil }
        return quota / period
    }

    private static func text(_ path: String) -> String? {
        (try? String(contentsOfFile: path, encoding: .utf8))?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
