package com.example.shop;

/** What a customer wants, how much of it, and when. */
public record Order(String name, int count, String item, String day) {}
