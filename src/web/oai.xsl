<?xml version="1.0" encoding="UTF-8"?>
<!-- Answers of the provider as pages for people. Harvesters do not read this. -->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
  xmlns:oai="http://www.openarchives.org/OAI/2.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
  xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:p="http://www.openarchives.org/OAI/2.0/provenance"
  exclude-result-prefixes="oai dc oai_dc p">
<xsl:output method="html" encoding="UTF-8" doctype-system="about:legacy-compat"/>

<xsl:variable name="verb" select="string(/oai:OAI-PMH/oai:request/@verb)"/>
<xsl:variable name="prefix" select="string(/oai:OAI-PMH/oai:request/@metadataPrefix)"/>

<xsl:template match="/oai:OAI-PMH">
  <html lang="en">
    <head>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <title><xsl:call-template name="title"/></title>
      <link rel="stylesheet" href="/style.css"/>
      <link rel="icon" href="/icon.svg" type="image/svg+xml"/>
    </head>
    <body>
      <a class="skip" href="#main">To the content</a>
      <header>SITE-NAV</header>
      <main id="main">
        <h1><xsl:call-template name="title"/></h1>
        <p class="soft">An answer to harvesters, over OAI-PMH 2.0 at <code><xsl:value-of select="oai:request"/></code>, as of
          <xsl:value-of select="translate(oai:responseDate, 'TZ', '  ')"/>UTC. The source of this page is the XML itself.</p>
        <nav aria-label="Requests"><ul>
          <li><a href="/oai?verb=Identify">Identify</a></li>
          <li><a href="/oai?verb=ListMetadataFormats">Formats</a></li>
          <li><a href="/oai?verb=ListSets">Sets</a></li>
          <li><a href="/oai?verb=ListIdentifiers&amp;metadataPrefix=oai_dc">Identifiers</a></li>
          <li><a href="/oai?verb=ListRecords&amp;metadataPrefix=oai_dc">Records</a></li>
        </ul></nav>
        <xsl:apply-templates select="oai:error | oai:Identify | oai:ListMetadataFormats | oai:ListSets | oai:ListIdentifiers | oai:ListRecords | oai:GetRecord"/>
      </main>
    </body>
  </html>
</xsl:template>

<xsl:template name="title">
  <xsl:choose>
    <xsl:when test="oai:error">Not answered</xsl:when>
    <xsl:otherwise><xsl:value-of select="$verb"/></xsl:otherwise>
  </xsl:choose>
</xsl:template>

<xsl:template match="oai:error">
  <p><b class="attend"><xsl:value-of select="@code"/></b><xsl:text> </xsl:text><xsl:value-of select="."/></p>
</xsl:template>

<xsl:template match="oai:Identify">
  <dl>
    <xsl:for-each select="oai:*[not(self::oai:description)]">
      <dt><xsl:value-of select="local-name()"/></dt><dd><xsl:value-of select="."/></dd>
    </xsl:for-each>
  </dl>
  <xsl:for-each select="oai:description">
    <details><summary>description</summary><pre tabindex="0"><xsl:apply-templates select="*" mode="xml"/></pre></details>
  </xsl:for-each>
</xsl:template>

<xsl:template match="oai:ListMetadataFormats">
  <table class="stacked">
    <thead><tr><th scope="col">metadataPrefix</th><th scope="col">Namespace</th><th scope="col">Lists</th></tr></thead>
    <tbody>
      <xsl:for-each select="oai:metadataFormat">
        <tr>
          <th scope="row"><code><xsl:value-of select="oai:metadataPrefix"/></code></th>
          <td><xsl:value-of select="oai:metadataNamespace"/></td>
          <td>
            <a href="/oai?verb=ListRecords&amp;metadataPrefix={oai:metadataPrefix}">ListRecords</a>,
            <a href="/oai?verb=ListIdentifiers&amp;metadataPrefix={oai:metadataPrefix}">ListIdentifiers</a>
          </td>
        </tr>
      </xsl:for-each>
    </tbody>
  </table>
</xsl:template>

<xsl:template match="oai:ListSets">
  <table class="stacked">
    <thead><tr><th scope="col">setSpec</th><th scope="col">Name</th></tr></thead>
    <tbody>
      <xsl:for-each select="oai:set">
        <tr>
          <th scope="row"><xsl:apply-templates select="oai:setSpec"/></th>
          <td><xsl:value-of select="oai:setName"/></td>
        </tr>
      </xsl:for-each>
    </tbody>
  </table>
  <xsl:apply-templates select="oai:resumptionToken"/>
</xsl:template>

<xsl:template match="oai:setSpec">
  <a>
    <xsl:attribute name="href">/oai?verb=ListRecords&amp;metadataPrefix=oai_dc&amp;set=<xsl:call-template name="encoded"><xsl:with-param name="text" select="."/></xsl:call-template></xsl:attribute>
    <code><xsl:value-of select="."/></code>
  </a>
</xsl:template>

<xsl:template match="oai:ListIdentifiers">
  <xsl:apply-templates select="oai:resumptionToken"/>
  <xsl:for-each select="oai:header">
    <section class="card item"><xsl:apply-templates select="."/></section>
  </xsl:for-each>
  <xsl:apply-templates select="oai:resumptionToken"/>
</xsl:template>

<xsl:template match="oai:ListRecords | oai:GetRecord">
  <xsl:apply-templates select="oai:resumptionToken"/>
  <xsl:for-each select="oai:record">
    <section class="card item">
      <xsl:apply-templates select="oai:header"/>
      <xsl:apply-templates select="oai:metadata/*"/>
      <xsl:apply-templates select="oai:about"/>
    </section>
  </xsl:for-each>
  <xsl:apply-templates select="oai:resumptionToken"/>
</xsl:template>

<xsl:template match="oai:header">
  <p>
    <xsl:choose>
      <xsl:when test="@status = 'deleted'"><b class="attend">deleted </b><code><xsl:value-of select="oai:identifier"/></code></xsl:when>
      <xsl:otherwise>
        <a>
          <xsl:attribute name="href">/article?identifier=<xsl:call-template name="encoded"><xsl:with-param name="text" select="oai:identifier"/></xsl:call-template></xsl:attribute>
          <code><xsl:value-of select="oai:identifier"/></code>
        </a>
      </xsl:otherwise>
    </xsl:choose>
    <br/>
    <span class="soft"><xsl:value-of select="oai:datestamp"/>
      <xsl:if test="oai:setSpec"> · sets </xsl:if>
      <xsl:for-each select="oai:setSpec">
        <xsl:if test="position() &gt; 1">, </xsl:if>
        <xsl:apply-templates select="."/>
      </xsl:for-each>
    </span>
    <xsl:if test="$verb = 'ListIdentifiers' and not(@status)">
      <br/>
      <a>
        <xsl:attribute name="href">/oai?verb=GetRecord&amp;metadataPrefix=oai_dc&amp;identifier=<xsl:call-template name="encoded"><xsl:with-param name="text" select="oai:identifier"/></xsl:call-template></xsl:attribute>
        <xsl:text>GetRecord</xsl:text>
      </a>
    </xsl:if>
  </p>
</xsl:template>

<xsl:template match="oai:metadata/oai_dc:dc" priority="1">
  <dl>
    <xsl:for-each select="dc:*">
      <dt><xsl:value-of select="local-name()"/></dt>
      <dd>
        <xsl:if test="@xml:lang"><xsl:attribute name="lang"><xsl:value-of select="@xml:lang"/></xsl:attribute></xsl:if>
        <bdi><xsl:value-of select="."/></bdi>
      </dd>
    </xsl:for-each>
  </dl>
</xsl:template>

<xsl:template match="oai:metadata/*">
  <details><summary><code><xsl:value-of select="name()"/></code></summary>
    <pre tabindex="0"><xsl:apply-templates select="." mode="xml"/></pre>
  </details>
</xsl:template>

<xsl:template match="oai:about">
  <xsl:for-each select="p:provenance/p:originDescription">
    <p class="soft">Harvested on <xsl:value-of select="@harvestDate"/> from <code><xsl:value-of select="p:baseURL"/></code>, where it is
      <code><xsl:value-of select="p:identifier"/></code> of <xsl:value-of select="p:datestamp"/></p>
  </xsl:for-each>
</xsl:template>

<xsl:template match="oai:resumptionToken">
  <p class="turn">
    <xsl:if test="@completeListSize"><span class="soft"><xsl:value-of select="@completeListSize"/> in the list, from number <xsl:value-of select="@cursor + 1"/> on</span></xsl:if>
    <xsl:if test="string(.)">
      <a rel="next">
        <xsl:attribute name="href">/oai?verb=<xsl:value-of select="$verb"/>&amp;resumptionToken=<xsl:call-template name="encoded"><xsl:with-param name="text" select="."/></xsl:call-template></xsl:attribute>
        <xsl:text>Next page</xsl:text>
      </a>
    </xsl:if>
  </p>
</xsl:template>

<!-- XML as text. -->
<xsl:template match="*" mode="xml">
  <xsl:param name="indent" select="''"/>
  <xsl:value-of select="concat($indent, '&lt;', name())"/>
  <xsl:for-each select="@*"><xsl:value-of select="concat(' ', name(), '=&quot;', ., '&quot;')"/></xsl:for-each>
  <xsl:choose>
    <xsl:when test="not(node())">/&gt;</xsl:when>
    <xsl:when test="* and not(text()[normalize-space()])">
      <xsl:text>&gt;&#10;</xsl:text>
      <xsl:apply-templates select="*" mode="xml"><xsl:with-param name="indent" select="concat($indent, '  ')"/></xsl:apply-templates>
      <xsl:value-of select="concat($indent, '&lt;/', name(), '&gt;')"/>
    </xsl:when>
    <xsl:otherwise>
      <xsl:text>&gt;</xsl:text>
      <xsl:apply-templates select="node()" mode="inline"/>
      <xsl:value-of select="concat('&lt;/', name(), '&gt;')"/>
    </xsl:otherwise>
  </xsl:choose>
  <xsl:text>&#10;</xsl:text>
</xsl:template>

<xsl:template match="*" mode="inline">
  <xsl:value-of select="concat('&lt;', name())"/>
  <xsl:for-each select="@*"><xsl:value-of select="concat(' ', name(), '=&quot;', ., '&quot;')"/></xsl:for-each>
  <xsl:text>&gt;</xsl:text>
  <xsl:apply-templates select="node()" mode="inline"/>
  <xsl:value-of select="concat('&lt;/', name(), '&gt;')"/>
</xsl:template>

<!-- Text as part of a URL: what has a meaning there is percent-encoded; letters beyond ASCII are by the output method. -->
<xsl:template name="encoded">
  <xsl:param name="text"/>
  <xsl:variable name="special"> %&amp;+#=?"'&lt;&gt;|\^`{}[]</xsl:variable>
  <xsl:variable name="codes">2025262B233D3F22273C3E7C5C5E607B7D5B5D</xsl:variable>
  <xsl:if test="string-length($text) &gt; 0">
    <xsl:variable name="first" select="substring($text, 1, 1)"/>
    <xsl:choose>
      <xsl:when test="contains($special, $first)">
        <xsl:variable name="at" select="string-length(substring-before($special, $first))"/>
        <xsl:value-of select="concat('%', substring($codes, 2 * $at + 1, 2))"/>
      </xsl:when>
      <xsl:otherwise><xsl:value-of select="$first"/></xsl:otherwise>
    </xsl:choose>
    <xsl:call-template name="encoded"><xsl:with-param name="text" select="substring($text, 2)"/></xsl:call-template>
  </xsl:if>
</xsl:template>
</xsl:stylesheet>
