/// The connections of a loop by their ids.
///
/// An id is a place in the table and how often that place was taken before, so an event or an answer for a connection that is
/// gone finds nobody, however soon its place is taken again.
struct ConnectionTable {
    private struct Place {
        var connection: Connection?
        var generation: UInt32 = 0
    }

    private var places: [Place] = []
    private var free: [UInt32] = []

    /// Ids of listeners, which are no connection's.
    static func listenerID(_ index: Int) -> UInt64 { UInt64(index) << 32 | UInt64(UInt32.max) }

    subscript(id: UInt64) -> Connection? {
        let index = Int(UInt32(truncatingIfNeeded: id))
        guard index < places.count, places[index].generation == UInt32(truncatingIfNeeded: id >> 32) else { return nil }
        return places[index].connection
    }

    /// Adds the connection that `make` returns for its id, if it does return one.
    mutating func insert(_ make: (UInt64) -> Connection?) -> Connection? {
        let index: UInt32
        if let place = free.popLast() {
            index = place
        } else {
            index = UInt32(places.count)
            places.append(Place())
        }
        let connection = make(UInt64(places[Int(index)].generation) << 32 | UInt64(index))
        places[Int(index)].connection = connection
        if connection == nil { free.append(index) }
        return connection
    }

    /// False if the connection was not there.
    mutating func remove(_ id: UInt64) -> Bool {
        guard self[id] != nil else { return false }
        let index = UInt32(truncatingIfNeeded: id)
        places[Int(index)].connection = nil
        places[Int(index)].generation &+= 1
        free.append(index)
        return true
    }

    var all: [Connection] { places.compactMap(\.connection) }
}
