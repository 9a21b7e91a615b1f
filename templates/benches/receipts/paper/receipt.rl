^^^Osteria Al Porto
7 Quayside Lane, Riverton
Tel. +1 555 0142
{width:*,18}
"Order B-2087" | 2026-11-21 20:15
Pickup - phone | A. Lovelace
{width:auto}
-
{width:4,*,10}
2x |Calamari fritti | 23.80
||~~+ Aioli | 1.60
1x |Vitello tonnato | 14.50
2x |Ravioli al brasato | 35.00
||~~+ Gluten-free pasta | 4.00
||~~+ No walnuts | 0.00
1x |Pizza Diavola | 13.90
||~~+ Extra chili | 0.80
||~~_cut in eight_ ||
1x |Lasagne al forno | 14.90
1x |Saltimbocca alla romana | 24.50
||~~_sauce on the side_ ||
2x |Penne all'arrabbiata | 23.00
||~~+ Parmesan on the side | 0.00
1x |Polpo alla griglia | 21.90
3x |Tiramisu della casa | 21.00
||~~_candle on one, please_ ||
2x |Gelato misto | 12.00
||~~+ Whipped cream | 1.00
2x |San Pellegrino 0.75 l | 11.00
1x |Montepulciano bottle | 26.00
3x |Caffe corretto | 12.00
||~~+ With grappa | 4.50
2x |Small pizza Margherita | 15.00
||~~+ Tomato sauce only | 0.00
||~~+ Apple spritzer | 0.00
||~~_allergy: sesame_ ||
{width:auto}
-
{width:*,12}
Subtotal | 280.40
Tax 7.00% | 19.63
"^^TOTAL | "^^300.03
{width:auto}
{code:https://example.com/o/B-2087?t=4c1d7a90;option:qrcode,4,m}
See you soon!
