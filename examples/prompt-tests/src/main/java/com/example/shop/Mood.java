package com.example.shop;

/** How a customer feels. */
public enum Mood {
    POSITIVE,
    NEGATIVE
}
