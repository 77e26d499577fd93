#include "textflag.h"

// Bits that are set in a byte's low half, by the half's value: once, twice and four times.
DATA ones<>+0(SB)/8, $0x0302020102010100
DATA ones<>+8(SB)/8, $0x0403030203020201
GLOBL ones<>(SB), RODATA|NOPTR, $16
DATA twos<>+0(SB)/8, $0x0604040204020200
DATA twos<>+8(SB)/8, $0x0806060406040402
GLOBL twos<>(SB), RODATA|NOPTR, $16
DATA fours<>+0(SB)/8, $0x0c08080408040400
DATA fours<>+8(SB)/8, $0x100c0c080c080804
GLOBL fours<>(SB), RODATA|NOPTR, $16
DATA low<>+0(SB)/1, $0x0f
GLOBL low<>(SB), RODATA|NOPTR, $1

// func sumPlanesAVX2(below *uint64, blocks, n int, planes *uint64, sums *int32)
//
// Of every vector, for each block of 256 bits: AND with the block's three planes, count bits by byte, add up.
TEXT ·sumPlanesAVX2(SB), NOSPLIT, $0-40
	MOVQ below+0(FP), SI
	MOVQ blocks+8(FP), BX
	MOVQ n+16(FP), CX
	MOVQ planes+24(FP), DX
	MOVQ sums+32(FP), DI
	VBROADCASTI128 ones<>(SB), Y0
	VBROADCASTI128 twos<>(SB), Y1
	VBROADCASTI128 fours<>(SB), Y2
	VPBROADCASTB low<>(SB), Y3
	VPXOR Y4, Y4, Y4
	TESTQ CX, CX
	JZ done

vector:
	VPXOR Y5, Y5, Y5 // the vector's sum, in four parts
	MOVQ BX, R8
	MOVQ DX, R9

block:
	VMOVDQU (SI), Y6

	VPAND (R9), Y6, Y7
	VPAND Y3, Y7, Y8
	VPSRLW $4, Y7, Y9
	VPAND Y3, Y9, Y9
	VPSHUFB Y8, Y0, Y8
	VPSHUFB Y9, Y0, Y9
	VPADDB Y8, Y9, Y15

	VPAND 32(R9), Y6, Y7
	VPAND Y3, Y7, Y10
	VPSRLW $4, Y7, Y11
	VPAND Y3, Y11, Y11
	VPSHUFB Y10, Y1, Y10
	VPSHUFB Y11, Y1, Y11
	VPADDB Y10, Y11, Y10
	VPADDB Y10, Y15, Y15

	VPAND 64(R9), Y6, Y7
	VPAND Y3, Y7, Y12
	VPSRLW $4, Y7, Y13
	VPAND Y3, Y13, Y13
	VPSHUFB Y12, Y2, Y12
	VPSHUFB Y13, Y2, Y13
	VPADDB Y12, Y13, Y12
	VPADDB Y12, Y15, Y15 // at most 56 in a byte

	VPSADBW Y4, Y15, Y15
	VPADDQ Y15, Y5, Y5
	ADDQ $32, SI
	ADDQ $96, R9
	DECQ R8
	JNZ block

	VEXTRACTI128 $1, Y5, X6
	VPADDQ X6, X5, X5
	VPSHUFD $0xee, X5, X6
	VPADDQ X6, X5, X5
	VMOVD X5, (DI)
	ADDQ $4, DI
	DECQ CX
	JNZ vector

done:
	VZEROUPPER
	RET

// func dotBytesAVX2(bytes *int8, shorts *int16, n int) int32
//
// n is a multiple of 32.
TEXT ·dotBytesAVX2(SB), NOSPLIT, $0-28
	MOVQ bytes+0(FP), SI
	MOVQ shorts+8(FP), DX
	MOVQ n+16(FP), CX
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	SHRQ $5, CX
	JZ sum

next:
	VPMOVSXBW (SI), Y2
	VPMOVSXBW 16(SI), Y3
	VPMADDWD (DX), Y2, Y2
	VPMADDWD 32(DX), Y3, Y3
	VPADDD Y2, Y0, Y0
	VPADDD Y3, Y1, Y1
	ADDQ $32, SI
	ADDQ $64, DX
	DECQ CX
	JNZ next

sum:
	VPADDD Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD X1, X0, X0
	VPSHUFD $0xee, X0, X1
	VPADDD X1, X0, X0
	VPSHUFD $0x55, X0, X1
	VPADDD X1, X0, X0
	VMOVD X0, AX
	VZEROUPPER
	MOVL AX, ret+24(FP)
	RET

// func touchLines(first *byte, n int)
TEXT ·touchLines(SB), NOSPLIT, $0-16
	MOVQ first+0(FP), SI
	MOVQ n+8(FP), CX

line:
	PREFETCHT0 (SI)
	ADDQ $64, SI
	SUBQ $64, CX
	JG line
	RET
