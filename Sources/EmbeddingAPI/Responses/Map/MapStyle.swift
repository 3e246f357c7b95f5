/// How large things are in a picture, which goes by how many tokens are in it, and what they look like in light and dark. Pages
/// show pictures at little more than half of their size, at which people are to read them still.
struct MapStyle {
    /// Of a mark.
    let radius: Double
    let nameSize: Double
    let maximumEms: Double
    let reach: LabelPlacement.Reach
    let numberReach: LabelPlacement.Reach

    static let anchorRadius = 3.0
    static let anchorReach = LabelPlacement.Reach(gap: 6, farthest: 22)
    static let smallSize = 17.0
    let anchorSize = 14.0
    let numberSize = 9.5

    init(tokens: Int) {
        switch tokens {
        case ...24: (radius, nameSize, maximumEms) = (6, 18, 18)
        case ...150: (radius, nameSize, maximumEms) = (4.5, 13.5, 16)
        case ...400: (radius, nameSize, maximumEms) = (3.2, 10.5, 12)
        default: (radius, nameSize, maximumEms) = (2.5, 10, 12)
        }
        reach = LabelPlacement.Reach(gap: radius + 4, farthest: tokens <= 150 ? 270 : 66)
        numberReach = LabelPlacement.Reach(gap: radius + 2, farthest: 0)
    }

    func size(of name: String) -> Point { Point(TextWidth.em(name) * nameSize + 2, nameSize * 1.25) }
    func size(ofNumber number: String) -> Point { Point(TextWidth.em(number) * numberSize, numberSize * 1.1) }
    func size(ofAnchor name: String) -> Point { Point(TextWidth.em(name) * anchorSize + 2, anchorSize * 1.25) }

    /// One sheet for light pages, and what is different on dark ones. No variables: not all viewers know them.
    var sheet: String {
        """
        .embedding-map{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}
        .embedding-map text{font-size:\(Self.smallSize)px;fill:#5c6068}
        .embedding-map .e{text-anchor:end}
        .embedding-map .c{text-anchor:middle}
        .embedding-map .title{font-size:25px;font-weight:650;letter-spacing:-.3px;fill:#17191c}
        .embedding-map .subtitle{font-size:17px}
        .embedding-map .axis{font-size:16px}
        .embedding-map .note{font-size:16px}
        .embedding-map .heading{font-size:17px;font-weight:600;fill:#17191c}
        .embedding-map .square{font-size:13px;text-anchor:middle;fill:#8b9098}
        .embedding-map .name text{font-size:\(nameSize)px;font-weight:500;fill:#17191c}
        .embedding-map .anchor text{font-size:\(anchorSize)px;font-style:italic;fill:#6a6f78}
        .embedding-map .number text{font-size:\(numberSize)px;fill:#5c6068}
        .embedding-map .entry text{font-size:14px;fill:#17191c}
        .embedding-map .entry-number text,.embedding-map .entry-square text{font-size:12.5px;fill:#8b9098}
        .embedding-map text tspan{fill:#8f939b}
        .embedding-map .name,.embedding-map .anchor,.embedding-map .number{paint-order:stroke;stroke:#fbfaf7;stroke-width:3px;\
        stroke-linejoin:round}
        .embedding-map .page{fill:#fbfaf7}
        .embedding-map .hair,.embedding-map .grid{fill:none;stroke:#dedbd3;stroke-width:1}
        .embedding-map .grid{stroke-dasharray:1 5}
        .embedding-map .base{fill:none;stroke:#cbc8bf;stroke-linecap:round}
        .embedding-map .leader{fill:none;stroke:#6a6f78;stroke-width:.8}
        .embedding-map .link{fill:none;stroke:#8b9098;stroke-width:.8;stroke-dasharray:3 3}
        .embedding-map .ring{fill:#fbfaf7;stroke:#6a6f78;stroke-width:1.2}
        .embedding-map .arrow{fill:none;stroke:#17191c;stroke-width:1.4}
        .embedding-map .generated,.embedding-map .copied,.embedding-map .fallback,.embedding-map .sampled{stroke:#fbfaf7;stroke-width:1.2}
        .embedding-map .generated{fill:#d1480f}
        .embedding-map .copied{fill:#0a6c8f}
        .embedding-map .fallback{fill:#7a3fc4}
        .embedding-map .sampled{fill:#5f7a12}
        @media (prefers-color-scheme:dark){
        .embedding-map text,.embedding-map .number text{fill:#9ba1ab}
        .embedding-map .title,.embedding-map .name text,.embedding-map .heading,.embedding-map .entry text{fill:#f1efe9}
        .embedding-map .anchor text{fill:#a6acb6}
        .embedding-map .square,.embedding-map .entry-number text,.embedding-map .entry-square text{fill:#7f858f}
        .embedding-map text tspan{fill:#7f858f}
        .embedding-map .name,.embedding-map .anchor,.embedding-map .number{stroke:#131519}
        .embedding-map .page{fill:#131519}
        .embedding-map .hair,.embedding-map .grid{stroke:#2a2d33}
        .embedding-map .base{stroke:#3b3f47}
        .embedding-map .leader{stroke:#a6acb6}
        .embedding-map .link{stroke:#7f858f}
        .embedding-map .ring{fill:#131519;stroke:#a6acb6}
        .embedding-map .arrow{stroke:#f1efe9}
        .embedding-map .generated,.embedding-map .copied,.embedding-map .fallback,.embedding-map .sampled{stroke:#131519}
        .embedding-map .generated{fill:#ff8a4c}
        .embedding-map .copied{fill:#5cc4e6}
        .embedding-map .fallback{fill:#c19bff}
        .embedding-map .sampled{fill:#b7d35a}
        }
        """
    }
}
