import Foundation
import Testing

@testable import Generation

/// Folders as Linux and container runtimes lay them out.
@Suite struct ProcessorsTests {
    private func granted(of processors: Int, _ files: [String: String]) throws -> Int {
        let root = FileManager.default.temporaryDirectory.appendingPathComponent("hyperembed-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appendingPathComponent(path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return Processors.granted(of: processors, root: root.path)
    }

    @Test func takesAllWithoutControlGroups() throws {
        #expect(try granted(of: 8, [:]) == 8)
        #expect(try granted(of: 8, ["proc/self/cgroup": "nonsense\n1:2\n"]) == 8)
    }

    @Test(arguments: [("max 100000\n", 8), ("200000 100000\n", 2), ("150000 100000\n", 2), ("5000 100000\n", 1), ("x y\n", 8), ("", 8), ("9900000 100000", 8)])
    func heedsTheQuotaOfAContainer(quota: String, expected: Int) throws {
        #expect(try granted(of: 8, ["proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": quota]) == expected)
    }

    /// A group may have no quota and stand in one that has.
    @Test func heedsTheQuotasAround() throws {
        let files = [
            "proc/self/cgroup": "0::/pods/one/main\n", "sys/fs/cgroup/pods/cpu.max": "600000 100000\n",
            "sys/fs/cgroup/pods/one/cpu.max": "300000 100000\n", "sys/fs/cgroup/pods/one/main/cpu.max": "max 100000\n",
        ]
        #expect(try granted(of: 8, files) == 3)
    }

    @Test func heedsTheFirstVersion() throws {
        let files = [
            "proc/self/cgroup": "4:memory:/a\n3:cpu,cpuacct:/a\n", "sys/fs/cgroup/cpu/a/cpu.cfs_quota_us": "400000\n",
            "sys/fs/cgroup/cpu/a/cpu.cfs_period_us": "100000\n", "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ]
        #expect(try granted(of: 8, files) == 4)
    }
}
