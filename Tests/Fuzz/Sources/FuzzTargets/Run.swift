extension FuzzTarget {
    /// What libFuzzer's entry point has to do; a finding ends the process.
    func run(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
        do {
            try check(Array(UnsafeBufferPointer(start: bytes, count: count)))
        } catch {
            fatalError("\(error)")
        }
        return 0
    }
}
