// The article's break point: an immediate move where it means the instruction INT3.
#include "textflag.h"

TEXT ·copy1024(SB), NOSPLIT, $0-2048
    MOVQ    $0xcccccccc, AX
    MOVQ    src+0(FP), AX
    MOVQ    dst+1024(FP), BX
    MOVOU   X0, (AX)
    RET
