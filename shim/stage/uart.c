// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Two tables: what one letter takes on each shape of UART, and which compatible strings
 * have which shape. Sources: "Linux" is drivers/tty/serial of 6.1, by the function that
 * prints before the driver proper runs; "Xen" is xen/drivers/char of 4.17 to 4.22; "U-Boot"
 * is drivers/serial of 2023.01 and later.
 */
#include "shim/base/mem.h"
#include "uart.h"

#define BIT(n) ((uint32_t)1 << (n))

enum shape {
    PL011, I8250, CDNS, IMX, IMX1, LPUART8, LPUART32, LPUART32_IMX, MESON, MVEBU, MVEBU_EXT,
    GENI, MSM, MSM_DM, EXYNOS, SCIF, SCIFA, SCIFB, RZ_SCIFA, STM32F4, STM32F7, UARTLITE, LINFLEX,
    ATMEL, OWL, SPRD, BCM6345,
};

static const struct uart_step steps[] = {
    /* ARM DDI 0183, FR.TXFF. Xen's pl011.c and Linux pl011_putc() agree. */
    { UART_SHAPE, PL011, 0 },
    { UART_AWAIT_CLEAR, 0x18, BIT(5) },
    { UART_LETTER, 0x00, 0 },

    /* LSR.THRE. Linux serial_putc() of 8250_early.c, Xen ns16550.c. */
    { UART_SHAPE, I8250, 0 },
    { UART_AWAIT, 5, BIT(5) },
    { UART_LETTER, 0, 0 },

    /* SR.TXFULL. Linux cdns_uart_console_putchar(), Xen cadence-uart.h; UG1085 "UART". */
    { UART_SHAPE, CDNS, 0 },
    { UART_AWAIT_CLEAR, 0x2c, BIT(4) },
    { UART_LETTER, 0x30, 0 },

    /* UTS.TXFULL. Linux imx_uart_console_early_putchar(), Xen imx-uart.h. */
    { UART_SHAPE, IMX, 0 },
    { UART_AWAIT_CLEAR, 0xb4, BIT(4) },
    { UART_LETTER, 0x40, 0 },

    /* The same elsewhere: IMX1_UTS in Linux imx.c. */
    { UART_SHAPE, IMX1, 0 },
    { UART_AWAIT_CLEAR, 0xd0, BIT(4) },
    { UART_LETTER, 0x40, 0 },

    /* UARTSR1.TDRE. Linux lpuart_console_putchar(). */
    { UART_SHAPE, LPUART8, 0 },
    { UART_AWAIT, 0x04, BIT(7) },
    { UART_LETTER, 0x07, 0 },

    /* UARTSTAT.TDRE. Linux lpuart32_console_putchar(). */
    { UART_SHAPE, LPUART32, 0 },
    { UART_AWAIT, 0x04, BIT(23) },
    { UART_LETTER, 0x0c, 0 },

    /* The same behind 16 more bytes: IMX_REG_OFF in Linux fsl_lpuart.c; Xen imx-lpuart.h. */
    { UART_SHAPE, LPUART32_IMX, 0 },
    { UART_AWAIT, 0x14, BIT(23) },
    { UART_LETTER, 0x1c, 0 },

    /* STATUS.TX_FULL. Linux meson_console_putchar(), Xen meson-uart.c. */
    { UART_SHAPE, MESON, 0 },
    { UART_AWAIT_CLEAR, 0x0c, BIT(21) },
    { UART_LETTER, 0x00, 0 },

    /* STAT.TX_FIFO_FUL. Linux mvebu_uart_putc(), Xen mvebu-uart.c. */
    { UART_SHAPE, MVEBU, 0 },
    { UART_AWAIT_CLEAR, 0x0c, BIT(11) },
    { UART_LETTER, 0x04, 0 },

    /* STAT.TX_RDY of the second UART. Linux mvebu_uart_console_putchar(), uart_ext_data. */
    { UART_SHAPE, MVEBU_EXT, 0 },
    { UART_AWAIT, 0x0c, BIT(15) },
    { UART_LETTER, 0x1c, 0 },

    /*
     * A command for each letter. U-Boot's _debug_uart_putc() of serial_msm_geni.c; but
     * M_IRQ.CMD_DONE is cleared before and not behind, whoever left it set.
     */
    { UART_SHAPE, GENI, 0 },
    { UART_WRITE, 0x618, BIT(0) },  /* M_IRQ_CLEAR: CMD_DONE */
    { UART_WRITE, 0x80c, 2 },       /* TX_WATERMARK */
    { UART_WRITE, 0x270, 1 },       /* TX_TRANS_LEN */
    { UART_WRITE, 0x600, BIT(27) }, /* M_CMD0: START_TX */
    { UART_AWAIT, 0x610, BIT(30) }, /* M_IRQ_STATUS: TX_FIFO_WATERMARK */
    { UART_LETTER, 0x700, 0 },      /* TX_FIFOn */
    { UART_WRITE, 0x618, BIT(30) },
    { UART_AWAIT, 0x610, BIT(0) },

    /* SR.TX_READY. Linux __msm_console_write(). */
    { UART_SHAPE, MSM, 0 },
    { UART_AWAIT, 0x08, BIT(2) },
    { UART_LETTER, 0x0c, 0 },

    /* No DMA, no single-character mode; a count for each letter. The same with is_uartdm. */
    { UART_SHAPE, MSM_DM, 0 },
    { UART_WRITE, 0x3c, 0 },        /* DMEN */
    { UART_AWAIT, 0x08, BIT(3) },   /* SR: TX_EMPTY */
    { UART_WRITE, 0x10, 3 << 8 },   /* CR: RESET_TX_READY */
    { UART_WRITE, 0x40, 1 },        /* NCF_TX */
    { UART_AWAIT, 0x08, BIT(2) },   /* SR: TX_READY */
    { UART_LETTER, 0x70, 0 },       /* TF */

    /* UFSTAT.TXFULL, or without FIFO UTRSTAT.TXFE. Linux samsung_early_putc(), Xen. */
    { UART_SHAPE, EXYNOS, 0 },
    { UART_IF, 0x08, BIT(0) },      /* UFCON: FIFOMODE */
    { UART_AWAIT_CLEAR, 0x18, BIT(24) },
    { UART_IF_CLEAR, 0x08, BIT(0) },
    { UART_AWAIT, 0x10, BIT(1) },
    { UART_LETTER, 0x20, 0 },

    /* SCFSR.TDFE, to be cleared, with TEND. Linux sci_poll_put_char(), Xen scif-uart.c. */
    { UART_SHAPE, SCIF, 0 },
    { UART_AWAIT, 0x10, BIT(5) },
    { UART_LETTER_BYTE, 0x0c, 0 },
    { UART_CLEAR, 0x10, BIT(5) | BIT(6) },

    /* The same elsewhere: SCIx_SCIFA_REGTYPE in Linux sh-sci.c; Xen scif-uart.h. */
    { UART_SHAPE, SCIFA, 0 },
    { UART_AWAIT, 0x14, BIT(5) },
    { UART_LETTER_BYTE, 0x20, 0 },
    { UART_CLEAR, 0x14, BIT(5) | BIT(6) },

    /* SCIx_SCIFB_REGTYPE. */
    { UART_SHAPE, SCIFB, 0 },
    { UART_AWAIT, 0x14, BIT(5) },
    { UART_LETTER_BYTE, 0x40, 0 },
    { UART_CLEAR, 0x14, BIT(5) | BIT(6) },

    /* SCIx_RZ_SCIFA_REGTYPE. */
    { UART_SHAPE, RZ_SCIFA, 0 },
    { UART_AWAIT, 0x08, BIT(5) },
    { UART_LETTER_BYTE, 0x06, 0 },
    { UART_CLEAR, 0x08, BIT(5) | BIT(6) },

    /* SR.TXE. Linux early_stm32_usart_console_putchar(), stm32f4_info. */
    { UART_SHAPE, STM32F4, 0 },
    { UART_AWAIT, 0x00, BIT(7) },
    { UART_LETTER, 0x04, 0 },

    /* ISR.TXE. The same, stm32f7_info and stm32h7_info. */
    { UART_SHAPE, STM32F7, 0 },
    { UART_AWAIT, 0x1c, BIT(7) },
    { UART_LETTER, 0x28, 0 },

    /* STAT_REG.TX_FIFO_FULL. Linux early_uartlite_putc(); PG142. */
    { UART_SHAPE, UARTLITE, 0 },
    { UART_AWAIT_CLEAR, 0x08, BIT(3) },
    { UART_LETTER, 0x04, 0 },

    /*
     * UARTSR.DTFTFF: full in FIFO mode (UARTCR.TFBM), sent in buffer mode, and there to be
     * cleared by a one. Linux linflex_console_putchar(), Xen linflex-uart.c.
     */
    { UART_SHAPE, LINFLEX, 0 },
    { UART_IF, 0x10, BIT(8) },
    { UART_AWAIT_CLEAR, 0x14, BIT(1) },
    { UART_LETTER_BYTE, 0x38, 0 },
    { UART_IF_CLEAR, 0x10, BIT(8) },
    { UART_AWAIT, 0x14, BIT(1) },
    { UART_IF_CLEAR, 0x10, BIT(8) },
    { UART_WRITE, 0x14, BIT(1) },

    /* CSR.TXRDY. Linux atmel_console_putchar(). */
    { UART_SHAPE, ATMEL, 0 },
    { UART_AWAIT, 0x14, BIT(1) },
    { UART_LETTER, 0x1c, 0 },

    /* STAT.TFFU. Linux owl_console_putchar(). */
    { UART_SHAPE, OWL, 0 },
    { UART_AWAIT_CLEAR, 0x0c, BIT(6) },
    { UART_LETTER, 0x08, 0 },

    /* LSR.TX_OVER. Linux sprd_putc(). */
    { UART_SHAPE, SPRD, 0 },
    { UART_AWAIT, 0x08, BIT(15) },
    { UART_LETTER_BYTE, 0x00, 0 },

    /* IR.TXEMPTY. Linux bcm_console_putchar(). */
    { UART_SHAPE, BCM6345, 0 },
    { UART_AWAIT, 0x10, BIT(5) },
    { UART_LETTER, 0x14, 0 },

    { UART_SHAPE, UINT16_MAX, 0 },
};

/* A name behind which boards' trees always have another one of these is not here. */
static const struct uart uarts[] = {
    { "arm,pl011", PL011, 0, WORDS },
    { "arm,sbsa-uart", PL011, 0, WORDS },       /* SBSA: 32-bit accesses always work */

    { "ns8250", I8250, 0, BYTES },              /* Linux 8250_of.c, Xen ns16550.c */
    { "ns16450", I8250, 0, BYTES },
    { "ns16550", I8250, 0, BYTES },
    { "ns16550a", I8250, 0, BYTES },
    { "ns16750", I8250, 0, BYTES },
    { "ns16850", I8250, 0, BYTES },
    { "intel,xscale-uart", I8250, 0, BYTES },
    { "nuvoton,npcm750-uart", I8250, 0, BYTES },
    { "altr,16550-FIFO32", I8250, 0, BYTES },
    { "altr,16550-FIFO64", I8250, 0, BYTES },
    { "altr,16550-FIFO128", I8250, 0, BYTES },
    { "snps,dw-apb-uart", I8250, 0, BYTES },    /* Linux 8250_dw.c */
    { "marvell,armada-38x-uart", I8250, 0, BYTES },
    { "renesas,rzn1-uart", I8250, 0, BYTES },
    { "mrvl,mmp-uart", I8250, 2, WORDS },       /* Linux 8250_pxa.c */
    { "mrvl,pxa-uart", I8250, 2, WORDS },
    { "nvidia,tegra20-uart", I8250, 2, WORDS }, /* Linux 8250_tegra.c */
    { "mediatek,mt6577-uart", I8250, 2, WORDS }, /* Linux early_mtk8250_setup() */
    { "socionext,uniphier-uart", I8250, 2, WORDS }, /* Linux 8250_uniphier.c */
    { "brcm,bcm2835-aux-uart", I8250, 2, WORDS }, /* Linux early_bcm2835aux_setup(), Xen */
    { "ti,omap2-uart", I8250, 2, WORDS },       /* Linux early_omap8250_setup(), Xen omap-uart.c */
    { "ti,omap3-uart", I8250, 2, WORDS },
    { "ti,omap4-uart", I8250, 2, WORDS },
    { "ti,am3352-uart", I8250, 2, WORDS },
    { "ti,am4372-uart", I8250, 2, WORDS },
    { "ti,dra742-uart", I8250, 2, WORDS },
    { "ti,am654-uart", I8250, 2, WORDS },

    { "cdns,uart-r1p8", CDNS, 0, WORDS },
    { "cdns,uart-r1p12", CDNS, 0, WORDS },
    { "xlnx,xuartps", CDNS, 0, WORDS },
    { "xlnx,zynqmp-uart", CDNS, 0, WORDS },
    { "xlnx,xps-uartlite-1.00.a", UARTLITE, 0, WORDS },
    { "xlnx,opb-uartlite-1.00.b", UARTLITE, 0, WORDS },

    { "fsl,imx1-uart", IMX1, 0, WORDS },
    { "fsl,imx21-uart", IMX, 0, WORDS },
    { "fsl,imx53-uart", IMX, 0, WORDS },
    { "fsl,imx6q-uart", IMX, 0, WORDS },
    { "fsl,vf610-lpuart", LPUART8, 0, BYTES },
    { "fsl,ls1021a-lpuart", LPUART32, 0, WORDS_BIG_ENDIAN },
    { "fsl,ls1028a-lpuart", LPUART32, 0, WORDS },
    { "fsl,imx7ulp-lpuart", LPUART32_IMX, 0, WORDS },
    { "fsl,imx8ulp-lpuart", LPUART32_IMX, 0, WORDS },
    { "fsl,imx8qm-lpuart", LPUART32_IMX, 0, WORDS },
    { "fsl,imx8qxp-lpuart", LPUART32_IMX, 0, WORDS },
    { "fsl,imxrt1050-lpuart", LPUART32_IMX, 0, WORDS },
    { "fsl,s32v234-linflexuart", LINFLEX, 0, WORDS },
    { "nxp,s32g2-linflexuart", LINFLEX, 0, WORDS },
    { "nxp,s32g3-linflexuart", LINFLEX, 0, WORDS },

    { "amlogic,meson-uart", MESON, 0, WORDS },
    { "amlogic,meson-ao-uart", MESON, 0, WORDS },
    { "amlogic,meson6-uart", MESON, 0, WORDS },
    { "amlogic,meson8-uart", MESON, 0, WORDS },
    { "amlogic,meson8b-uart", MESON, 0, WORDS },
    { "amlogic,meson-gx-uart", MESON, 0, WORDS },
    { "amlogic,meson-s4-uart", MESON, 0, WORDS },
    { "amlogic,meson-a1-uart", MESON, 0, WORDS },

    { "marvell,armada-3700-uart", MVEBU, 0, WORDS },
    { "marvell,armada-3700-uart-ext", MVEBU_EXT, 0, WORDS },

    { "qcom,geni-debug-uart", GENI, 0, WORDS },
    { "qcom,geni-uart", GENI, 0, WORDS },
    { "qcom,msm-uartdm", MSM_DM, 0, WORDS },
    { "qcom,msm-uart", MSM, 0, WORDS },

    { "samsung,s5pv210-uart", EXYNOS, 0, WORDS },
    { "samsung,exynos4210-uart", EXYNOS, 0, WORDS },
    { "samsung,exynos5433-uart", EXYNOS, 0, WORDS },
    { "samsung,exynos850-uart", EXYNOS, 0, WORDS },
    { "samsung,exynos8895-uart", EXYNOS, 0, WORDS },
    { "google,gs101-uart", EXYNOS, 0, WORDS },
    { "axis,artpec8-uart", EXYNOS, 0, WORDS },

    { "renesas,scif-r7s9210", RZ_SCIFA, 0, HALVES },
    { "renesas,scif-r9a07g044", RZ_SCIFA, 0, HALVES },
    { "renesas,scif", SCIF, 0, HALVES },
    { "renesas,hscif", SCIF, 0, HALVES },
    { "renesas,scifa", SCIFA, 0, HALVES },
    { "renesas,scifb", SCIFB, 0, HALVES },

    { "st,stm32-uart", STM32F4, 0, WORDS },
    { "st,stm32f7-uart", STM32F7, 0, WORDS },
    { "st,stm32h7-uart", STM32F7, 0, WORDS },
    { "atmel,at91rm9200-usart", ATMEL, 0, WORDS },
    { "atmel,at91sam9260-usart", ATMEL, 0, WORDS },
    { "actions,owl-uart", OWL, 0, WORDS },
    { "sprd,sc9836-uart", SPRD, 0, WORDS },
    { "brcm,bcm6345-uart", BCM6345, 0, WORDS },
};

const struct uart *uart_named(const char *compatible)
{
    for (size_t i = 0; i < sizeof(uarts) / sizeof(*uarts); i++)
        if (!strcmp(uarts[i].compatible, compatible))
            return &uarts[i];
    return NULL;
}

const struct uart *uart_of(const struct shim_tree *tree, uint32_t node)
{
    struct shim_span list = shim_prop(tree, node, SHIM_COMPATIBLE);
    const struct uart *found = NULL;

    for (const char *at = shim_list_next(list, NULL); at && !found; at = shim_list_next(list, at))
        found = uart_named(at);
    return found;
}

bool uart_is_8250(const struct uart *uart)
{
    return uart->shape == I8250;
}

const struct uart_step *uart_steps(const struct uart *uart)
{
    const struct uart_step *step = steps;

    while (step->does != UART_SHAPE || step->at != uart->shape)
        step++;
    return step + 1;
}
