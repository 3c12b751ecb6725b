package dev.cria.chat.jinja;

import java.time.LocalDateTime;

/**
 * One rendering.
 *
 * @param budget what it may still do
 * @param now what {@code strftime_now} tells
 */
record Run(Budget budget, LocalDateTime now) {}
