"""Words of e-commerce and marketing shows. Data only."""

from pa_assets.agendas.demo.vocabulary import Vocabulary, words

COMMERCE = Vocabulary(
    terms={
        "Artificial Intelligence": words(
            """generative AI, large language models, AI shopping assistants, machine learning forecasts, prompt
            libraries, chatbots, AI governance, automated product descriptions, agentic commerce, synthetic data,
            computer vision, AI pilots, recommendation engines, model bias, AI-written copy, copilots, predictive
            churn models, conversational AI, AI image generation, training data"""
        ),
        "Customer Experience": words(
            """customer journeys, service design, voice of the customer, frictionless returns, customer effort score,
            contact centres, mystery shopping, empathy in service, unhappy customers, delivery promises, live chat,
            accessibility, journey maps, service recovery, net promoter score, human touch, self-service, in-store
            experience, complaint data, post-purchase messages"""
        ),
        "Personalisation": words(
            """individual product recommendations, dynamic content, segments of one, behavioural targeting, preference
            centres, zero-party data, next best action, personal landing pages, propensity scores, product quizzes,
            real-time profiles, look-alike audiences, relevance at scale, recommendation carousels, triggered
            content, customer data platforms, consent-led profiles, personal pricing, home page variants, known
            visitors"""
        ),
        "Search and SEO": words(
            """organic search, technical SEO, keyword research, site speed, structured data, backlinks, zero-click
            results, crawl budget, on-site search, content hubs, Google algorithm updates, local search, search
            intent, faceted navigation, site migration, featured snippets, search console, page titles, generative
            search results, international SEO"""
        ),
        "Paid Media": words(
            """pay-per-click, shopping ads, cost per acquisition, bidding strategies, attribution models, retail media,
            programmatic display, ad creative testing, Performance Max, return on ad spend, connected TV, media mix
            modelling, ad fraud, paid social, incrementality tests, affiliate programmes, audience exclusions,
            budget pacing, landing page relevance, cookieless advertising"""
        ),
        "Social Commerce": words(
            """TikTok Shop, influencer contracts, live shopping, creators, user-generated content, Instagram reels,
            community building, brand ambassadors, shoppable video, social proof, micro-influencers, viral products,
            social listening, short-form video, comment moderation, creator payouts, hashtags, Pinterest, social
            storefronts, fan communities"""
        ),
        "Email and CRM": words(
            """e-mail deliverability, welcome series, abandoned baskets, lifecycle campaigns, list hygiene, CRM
            migration, subject lines, loyalty schemes, win-back campaigns, lead scoring, SMS marketing, marketing
            automation, open rates, contact data quality, newsletters, referral schemes, customer lifetime value,
            points and rewards, sales pipelines, re-engagement"""
        ),
        "Conversion Optimisation": words(
            """A/B testing, checkout abandonment, product page design, heat maps, conversion rate, form design,
            experiment backlogs, trust badges, mobile checkout, session replay, one-page checkout, button copy,
            guest checkout, statistical significance, usability studies, basket size, upselling, page layout, bounce
            rate, persuasion"""
        ),
        "Payments and Fraud": words(
            """buy now pay later, chargebacks, digital wallets, payment orchestration, card acceptance, open banking,
            strong customer authentication, friendly fraud, instalments, cross-border payments, payment tokens,
            subscription billing, false declines, identity checks, account takeover, settlement times, payment fees,
            refund abuse, pay by link, fraud screening"""
        ),
        "Fulfilment and Logistics": words(
            """warehouse automation, last-mile delivery, returns processing, carrier choice, out-of-home lockers,
            inventory accuracy, picking robots, third-party logistics, next-day delivery, packaging waste, order
            routing, peak season, parcel tracking, stock allocation, micro-fulfilment, delivery cost, reverse
            logistics, dark stores, demand planning, ship-from-store"""
        ),
        "Global Growth": words(
            """cross-border selling, customs duties, localisation, market entry, currency pricing, EU VAT rules,
            selling in the United States, translation, international marketplaces, export paperwork, Chinese
            consumers, local payment habits, expansion to Germany, trade agreements, overseas distributors, landed
            cost, multi-country sites, regional teams, Gulf markets, product compliance abroad"""
        ),
        "Marketplaces": words(
            """Amazon listings, buy box, marketplace fees, seller ratings, eBay, product feeds, marketplace
            advertising, vendor central, brand registry, counterfeit listings, catalogue syndication, own
            marketplace, third-party sellers, listing optimisation, marketplace integrators, dropshipping, price
            parity, fulfilled by Amazon, OnBuy, review management"""
        ),
        "B2B Commerce": words(
            """trade portals, quote to order, wholesale pricing, account hierarchies, punch-out catalogues, sales
            representatives, purchase approval, distributor networks, ERP integration, contract prices, re-ordering,
            manufacturer direct sales, tender platforms, buyer committees, credit terms, account-based marketing,
            technical product data, B2B self-service, procurement teams, spare parts"""
        ),
        "Brand and Content": words(
            """brand storytelling, content calendars, tone of voice, brand purpose, podcasts, video production, public
            relations, rebranding, thought leadership, long-form content, creative briefs, brand tracking, content
            audits, editorial planning, brand guidelines, photography, humour in advertising, distinctive assets,
            press coverage, sponsorship"""
        ),
        "Data and Analytics": words(
            """server-side tracking, dashboards, data warehouses, GA4, first-party data, cohort analysis, data
            literacy, tag management, measurement plans, customer segmentation, privacy regulation, data quality,
            consent banners, marketing attribution, data teams, forecasting, self-service reporting, data contracts,
            event schemas, margin analysis"""
        ),
        "Platforms and Technology": words(
            """headless architecture, composable commerce, replatforming, Shopify, APIs, product information
            management, mobile apps, site reliability, Magento, technical debt, progressive web apps, low-code
            tools, cloud hosting, vendor selection, middleware, checkout extensibility, release management, cyber
            security, order management systems, microservices"""
        ),
    },
    audience=words(
        """marketing managers, founders, heads of e-commerce, retailers, agencies, brand teams, digital leaders,
        in-house specialists"""
    ),
    places=words(
        """growing online shops, established retail brands, start-ups, agencies, omnichannel retail, direct-to-consumer
        brands, lean teams, mid-sized companies"""
    ),
    benefits=words(
        """grow revenue, lower costs, win repeat customers, move faster than competitors, prove the return, protect
        margins, understand buyers, scale without chaos"""
    ),
    chatter=(
        "No slides full of buzzwords, only numbers from live projects.",
        "Retailers have never faced a more demanding shopper.",
        "Expect honest lessons, including those from failed launches.",
        "The online market keeps growing and competition grows with it.",
        "A short question and answer round closes the session.",
        "Every tip can be tried on the next working day.",
    ),
)
