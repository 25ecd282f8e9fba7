/** The declarations of lean-qr name these types of browsers; nothing here uses them. */
interface Document { readonly nodeType: number }
interface SVGElement { readonly nodeType: number }
